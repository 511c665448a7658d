import type { Messages } from './en.ts';
import { en } from './en.ts';

/** The words in use. The choice of language is made here once there is more than one. */
export const messages: Messages = en;
