/**
 * Passwords that a guesser tries first, by the 49,000 of `@zxcvbn-ts/language-common` (MIT; most of them from leaks, in
 * the order of how common they are). Few of those have the twelve characters that are asked for, so what people make of
 * them to get there counts as well: digits around them, one after itself, two together.
 */
import { createRequire } from 'node:module';

/** Of the list, those that are refused in disguise too. */
const mostCommon = 3000;
/** So many characters around one of them don't save it. */
const maxAround = 8;

interface Lists {
  readonly all: ReadonlySet<string>;
  readonly most: ReadonlySet<string>;
}

let lists: Lists | undefined;

/** Read when the first password is chosen: half a megabyte that a quiet system never needs. */
function load(): Lists {
  const require = createRequire(import.meta.url);
  const words = require('@zxcvbn-ts/language-common/src/passwords.json') as readonly string[];
  lists ??= { all: new Set(words), most: new Set(words.slice(0, mostCommon)) };
  return lists;
}

/** `folded`: in lower case. */
export function isCommonPassword(folded: string): boolean {
  const { all, most } = lists ?? load();
  if (all.has(folded)) return true;
  const plain = folded.replace(/[^\p{L}\p{N}]/gu, '');
  if (all.has(plain)) return true;
  // From the ends inwards by index: a regular expression for this would be quadratic.
  const [start, end] = core(folded);
  const around = folded.length - (end - start);
  if (around <= maxAround && most.has(folded.slice(start, end))) return true;
  for (let size = 3; size <= plain.length / 2; size++) {
    const isRepeated = plain.length % size === 0 && plain === plain.slice(0, size).repeat(plain.length / size);
    if (isRepeated && all.has(plain.slice(0, size))) return true;
    if (plain.length <= 32 && most.has(plain.slice(0, size)) && most.has(plain.slice(size))) return true;
  }
  for (let size = Math.ceil(plain.length / 2); size <= plain.length - 3 && plain.length <= 32; size++)
    if (most.has(plain.slice(0, size)) && most.has(plain.slice(size))) return true;
  return false;
}

function core(text: string): readonly [start: number, end: number] {
  let start = 0;
  let end = text.length;
  while (start < end && !/\p{L}/u.test(text[start]!)) start++;
  while (end > start && !/\p{L}/u.test(text[end - 1]!)) end--;
  return [start, end];
}
