/**
 * A file for other recipients: only its header is made anew, the payload stays as it is, byte for byte. Whoever knew the
 * file key before knows it still, so this is for files whose content is no news to the old recipients.
 */

import { checkMac, formatHeader, parseHeader } from './header.ts';
import { payloadNonceBytes } from './payload.ts';
import { AgeError } from './problems.ts';
import type { Identity, Recipient } from './recipients.ts';
import { unwrapFileKey } from './recipients.ts';

/** `file`: a whole small age file. Throws `AgeError`: `no match` where `identity` doesn't open it. */
export async function rewrap(file: Uint8Array, identity: Identity, recipients: readonly Recipient[]): Promise<Buffer> {
  const header = parseHeader(file);
  if (header === undefined || file.length < header.length + payloadNonceBytes)
    throw new AgeError('header failure', 'the file ends within its header', file.length);
  const fileKey = await unwrapFileKey(header.stanzas, [identity]);
  try {
    checkMac(header, fileKey);
    const stanzas = [];
    for (const recipient of recipients) stanzas.push(await recipient.wrap(fileKey));
    return Buffer.concat([formatHeader(stanzas, fileKey), file.subarray(header.length)]);
  } finally {
    fileKey.fill(0);
  }
}
