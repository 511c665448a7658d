/** Sealing for somebody who has no key here: an export for another person's age recipient. */

import { startEncryptor } from './age/encryptor.ts';
import { chunkBytes } from './age/payload.ts';
import { AgeError } from './age/problems.ts';
import { X25519Recipient } from './age/x25519.ts';
import { vaultProblem } from './problems.ts';

export interface SealedFor {
  readonly sizeBytes: number;
  /** Once. */
  bytes(): AsyncGenerator<Uint8Array>;
}

/** Of each sealed chunk, Poly1305's. */
const tagBytes = 16;

/**
 * An age file of `plain`, which must give `plainBytes`, for `recipient` (`age1…`).
 * @throws Problem vault/bad-recipient (422)
 */
export async function sealFor(
  recipient: string,
  plainBytes: number,
  plain: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<SealedFor> {
  const encryptor = await startEncryptor([parseRecipient(recipient)]);
  const chunks = Math.max(1, Math.ceil(plainBytes / chunkBytes));
  return {
    sizeBytes: encryptor.prologue.length + plainBytes + chunks * tagBytes,
    async *bytes() {
      try {
        yield encryptor.prologue;
        for await (const piece of plain()) {
          const out: Uint8Array[] = [];
          encryptor.write(piece, out);
          yield* out;
        }
        const out: Uint8Array[] = [];
        encryptor.end(out);
        yield* out;
      } finally {
        encryptor.wipe();
      }
    },
  };
}

function parseRecipient(text: string): X25519Recipient {
  try {
    return X25519Recipient.parse(text);
  } catch (cause) {
    if (!(cause instanceof AgeError)) throw cause;
    throw vaultProblem('vault/bad-recipient', 'this is no age recipient', {
      status: 422,
      hint: 'recipients begin with age1',
      cause,
    });
  }
}
