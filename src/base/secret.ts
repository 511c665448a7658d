/**
 * Passwords, tokens and private keys travel as `Secret`: it prints, inspects and serialises as `[secret]`, so no log
 * line, error or answer can carry one by accident. The value comes out by `reveal()` alone, which is easy to grep for.
 */
import { inspect } from 'node:util';

const hidden = '[secret]';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it at the last moment and keep the result in no variable that outlives the statement. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

/**
 * A URL that may be shown: user, password and query values are replaced by `***`. Text that is no URL comes back
 * with everything between `//` and `@` replaced, for a half-written source is where passwords are typed most.
 */
export function masked(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return url.replace(/\/\/[^/]*@/g, '//***@').replace(/([?&][^=&]*=)[^&#]*/g, '$1***');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    parsed.username = '***';
    parsed.password = '';
  }
  for (const key of [...parsed.searchParams.keys()]) parsed.searchParams.set(key, '***');
  return parsed.href;
}
