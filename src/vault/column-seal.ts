/**
 * Sealing single values (a camera's password, a log entry) under a key of the service key. The context (table, row and
 * column) is associated data: a value moved to another place doesn't open there.
 *
 * Format: key id (1 byte) · nonce (12, random) · ciphertext · tag (16). Random nonces are safe for 2^32 values a key.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { vaultProblem } from './problems.ts';
import type { ServiceKey } from './service-key.ts';

const keyId = 1;
const nonceBytes = 12;
const tagBytes = 16;

export interface ColumnSeal {
  seal(context: string, bytes: Uint8Array): Buffer;
  /** Throws `vault/unsealable` where value, context or key isn't the one it was sealed with. */
  open(context: string, sealed: Uint8Array): Buffer;
}

/** `label`: the use, as in `ServiceKey.derive`. */
export function createColumnSeal(serviceKey: ServiceKey, label: string): ColumnSeal {
  const key = serviceKey.derive(label);
  return {
    seal: (context, bytes) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
      cipher.setAAD(aadOf(context), { plaintextLength: bytes.length });
      const sealed = cipher.update(bytes);
      cipher.final();
      return Buffer.concat([Buffer.of(keyId), nonce, sealed, cipher.getAuthTag()]);
    },
    open: (context, sealed) => {
      const refused = (): Error =>
        vaultProblem('vault/unsealable', 'a sealed value does not open with the service key of this home', {
          hint: 'the service key and the data must come from the same installation',
          safe: { context },
        });
      if (sealed.length < 1 + nonceBytes + tagBytes || sealed[0] !== keyId) throw refused();
      const body = sealed.subarray(1 + nonceBytes, sealed.length - tagBytes);
      const nonce = sealed.subarray(1, 1 + nonceBytes);
      const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(aadOf(context), { plaintextLength: body.length });
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
      const plain = decipher.update(body);
      try {
        decipher.final();
      } catch {
        throw refused();
      }
      return plain;
    },
  };
}

/** The key id is covered too, so that a value can't be passed off as one of another key. */
function aadOf(context: string): Buffer {
  return Buffer.concat([Buffer.of(keyId), Buffer.from(context, 'utf8')]);
}
