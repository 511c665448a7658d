/**
 * Another language over the English one. What it doesn't say yet is said in English rather than not at all; a test lists
 * what is missing.
 */
import type { Messages } from './en.ts';

type Partly<T> = {
  readonly [K in keyof T]?: T[K] extends (...given: never[]) => unknown
    ? T[K]
    : T[K] extends readonly unknown[]
      ? T[K]
      : T[K] extends object
        ? Partly<T[K]>
        : T[K];
};
export type Translation = Partly<Messages>;

export function translated(english: Messages, other: Translation): Messages {
  return laidOver(english, other) as Messages;
}

function laidOver(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isPlain(below) || !isPlain(above)) return above;
  return Object.fromEntries(
    Object.entries(below).map(([key, value]) => [
      key,
      laidOver(value, Object.hasOwn(above, key) ? above[key] : undefined),
    ]),
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
