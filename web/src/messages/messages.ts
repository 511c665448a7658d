import { de } from './de.ts';
import type { Messages } from './en.ts';
import { en } from './en.ts';
import { readLanguage, spokenLanguage } from './language.ts';
import { translated } from './translation.ts';

/**
 * The words in use; choosing another language loads the page anew. Both are in the bundle, a few kB each: to wait for one
 * here (a top-level await) would let the bundler load style sheets before the one that declares their order.
 */
export const messages: Messages =
  spokenLanguage(readLanguage(), globalThis.navigator?.languages ?? []) === 'de' ? translated(en, de) : en;
