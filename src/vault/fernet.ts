/**
 * Fernet tokens, which the first life of SentriX wrote: `0x80 | time (8) | IV (16) | AES-128-CBC, PKCS #7 | HMAC-SHA256 (32)`, all of
 * it in base64url (the specification of Fernet, `0x80`). Only read, and as a stream: the plaintext comes before it is known to
 * be whole, so whoever takes it keeps nothing of it unless the stream ends without an error.
 */
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import { vaultProblem } from './problems.ts';

const headBytes = 1 + 8 + 16;
const macBytes = 32;

export class FernetKey {
  readonly #signing: Buffer;
  readonly #encryption: Buffer;

  /** `text`: 32 bytes in base64url, as `Fernet.generate_key()` writes them. @throws Problem vault/bad-identity (422) */
  constructor(text: Secret) {
    const given = text.reveal().trim();
    const bytes = Buffer.from(given, 'base64url');
    if (!/^[A-Za-z0-9_+/-]{43}=?$/.test(given) || bytes.length !== 32)
      throw vaultProblem('vault/bad-identity', 'this is no Fernet key: it has 44 characters of base64', {
        status: 422,
      });
    this.#signing = bytes.subarray(0, 16);
    this.#encryption = bytes.subarray(16);
  }

  /** @throws Problem vault/damaged (409), at the latest at the end */
  async *open(token: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    const hmac = createHmac('sha256', this.#signing);
    let held: Buffer = Buffer.alloc(0);
    let decipher: ReturnType<typeof createDecipheriv> | undefined;
    for await (const bytes of decoded(token)) {
      held = Buffer.concat([held, bytes]);
      if (decipher === undefined) {
        if (held.length < headBytes) continue;
        if (held[0] !== 0x80) throw damaged();
        hmac.update(held.subarray(0, headBytes));
        decipher = createDecipheriv('aes-128-cbc', this.#encryption, held.subarray(9, headBytes));
        held = held.subarray(headBytes);
      }
      // The last ones are the tag
      const sure = held.length - macBytes;
      if (sure <= 0) continue;
      const sealed = held.subarray(0, sure);
      hmac.update(sealed);
      const plain = decipher.update(sealed);
      held = Buffer.from(held.subarray(sure));
      if (plain.length > 0) yield plain;
    }
    if (decipher === undefined || held.length !== macBytes || !timingSafeEqual(hmac.digest(), held)) throw damaged();
    let last: Buffer;
    try {
      last = decipher.final();
    } catch {
      throw damaged();
    }
    if (last.length > 0) yield last;
  }
}

/** Whole groups of four characters at a time. */
async function* decoded(text: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held = '';
  for await (const piece of text) {
    held += Buffer.from(piece).toString('latin1').replace(/\s+/g, '');
    const whole = held.length - (held.length % 4);
    if (/[^A-Za-z0-9_+/=-]/.test(held)) throw damaged();
    if (whole > 0) yield Buffer.from(held.slice(0, whole), 'base64url');
    held = held.slice(whole);
  }
  if (held !== '') yield Buffer.from(held, 'base64url');
}

function damaged(): Error {
  return vaultProblem('vault/damaged', 'this file was changed, or is of another Fernet key', { status: 409 });
}
