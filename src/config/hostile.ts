/**
 * What a configuration needs none of and an attacker or an accident is made of: aliases (bombs), tags, directives, deep
 * nesting, giant files. Found among the tokens of the text, before a parser builds anything of it.
 */
import { Lexer } from 'yaml';

export const maxBytes = 256 * 1024;
export const maxNesting = 16;

export interface HostilePlace {
  /** UTF-16 units from the start. */
  readonly offset: number;
  readonly found: string;
  readonly allowed: string;
}

/** Control tokens of yaml's lexer, which are no part of the text: document, end of flow, scalar. */
const marks = new Set(['\u0002', '\u0018', '\u001f']);

export function findHostile(text: string): HostilePlace | undefined {
  if (Buffer.byteLength(text) > maxBytes)
    return {
      offset: 0,
      found: `${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`,
      allowed: `at most ${maxBytes / 1024} KiB`,
    };
  let offset = 0;
  let depth = 0;
  let indicatorsInLine = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (marks.has(token)) {
      isScalar = token === '\u001f';
      continue;
    }
    const first = isScalar ? '' : token[0];
    isScalar = false;
    if (first === '*' || first === '&') return { offset, found: 'a YAML anchor or alias', allowed: 'plain values' };
    if (first === '!')
      return { offset, found: 'a YAML tag', allowed: 'plain values (put text that begins with ! in quotes)' };
    if (first === '%') return { offset, found: 'a YAML directive', allowed: 'none' };
    if (first === '[' || first === '{') depth++;
    else if (first === ']' || first === '}') depth--;
    else if (first === '\n' || first === '\r') indicatorsInLine = 0;
    else if (first === '-' || first === '?' || first === ':') indicatorsInLine++;
    if (depth > maxNesting || (depth === 0 && indicatorsInLine > maxNesting))
      return { offset, found: 'values nested too deep', allowed: `at most ${maxNesting} levels` };
    offset += token.length;
  }
  return undefined;
}
