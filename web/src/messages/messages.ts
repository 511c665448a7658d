import type { Messages } from './en.ts';
import { en } from './en.ts';
import { readLanguage, spokenLanguage } from './language.ts';

/** The words in use. Another language than English is loaded when it is spoken; choosing one loads the page anew. */
export const messages: Messages =
  spokenLanguage(readLanguage(), globalThis.navigator?.languages ?? []) === 'de' ? (await import('./de.ts')).de : en;
