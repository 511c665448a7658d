/** One-time codes by time (RFC 6238 over RFC 4226): SHA-1, 6 digits, 30 s, which is all that every app knows. */
import { createHmac, randomBytes } from 'node:crypto';
import { Secret } from '../base/secret.ts';

const stepMs = 30_000;
/** RFC 4226 §4, R6: 160 bits are recommended. */
const seedBytes = 20;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 20 random bytes. */
export function newSeed(): Buffer {
  return randomBytes(seedBytes);
}

/** The code of a time step, 6 digits (RFC 4226 §5.3). */
export function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = mac[19]! & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/**
 * The time step that `code` belongs to, one before and one after now included (RFC 6238 §5.2: clocks differ, people
 * type slowly); undefined where it is of none. Looks at all three whatever it finds.
 * @param now UTC ms
 */
export function stepOf(seed: Uint8Array, code: string, now: number): number | undefined {
  const current = Math.floor(now / stepMs);
  const matching = [current - 1, current, current + 1].filter((step) => step >= 0 && codeOf(seed, step) === code);
  return matching.at(-1);
}

/** RFC 4648 §6 without padding: what people type where they can't photograph. */
export function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31];
    value &= 255;
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31];
}

/** What apps read from a picture: `otpauth://totp/SentriX:ann?secret=…&issuer=SentriX`. */
export function seedUrl(seed: Uint8Array, username: string): Secret {
  return new Secret(`otpauth://totp/SentriX:${encodeURIComponent(username)}?secret=${base32(seed)}&issuer=SentriX`);
}
