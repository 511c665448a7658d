/**
 * RFC 3161 requests and what must hold of an answer: that it was granted, and that the token is about this hash and this nonce
 * (§2.4.1, §2.4.2). The token's signature is checked where it matters, by whoever doubts it, with `openssl ts -verify`: trusting an
 * authority is that person's business, and a wrong token kept here hurts nobody.
 */
import { createHash } from 'node:crypto';
import { auditProblem } from './problems.ts';

// AlgorithmIdentifier of SHA-256: 2.16.840.1.101.3.4.2.1, NULL
const sha256Algorithm = Buffer.from('300d06096086480165030402010500', 'hex');
// 1.2.840.113549.1.9.16.1.4, id-ct-TSTInfo
const tstInfo = Buffer.from('060b2a864886f70d0109100104', 'hex');
const [tagInteger, tagOctets, tagSequence, tagContext0] = [0x02, 0x04, 0x30, 0xa0];
/** PKIStatus: granted, granted with modifications. */
const granted = [0, 1];

/** DER of a TimeStampReq for the SHA-256 of `text`; the authority's certificate is asked for. `nonce`: 8 bytes. */
export function timestampRequest(text: string, nonce: Uint8Array): Buffer {
  const imprint = der(tagSequence, sha256Algorithm, der(tagOctets, hashOf(text)));
  return der(
    tagSequence,
    der(tagInteger, Buffer.of(1)),
    imprint,
    der(tagInteger, positive(nonce)),
    Buffer.of(1, 1, 0xff),
  );
}

/** @throws Problem audit/witness-refused where `answer` is no granted token for `text` and `nonce` */
export function checkTimestamp(answer: Buffer, text: string, nonce: Uint8Array): void {
  const response = read(answer, 0, tagSequence);
  const status = read(answer, response.start, tagSequence);
  const code = read(answer, status.start, tagInteger);
  if (code.end - code.start !== 1 || !granted.includes(answer[code.start]!))
    throw refused('the timestamp authority refused the request');
  const at = answer.indexOf(tstInfo, status.end);
  if (at < 0) throw refused('the timestamp authority sent no token');
  const content = read(answer, read(answer, at + tstInfo.length, tagContext0).start, tagOctets);
  const info = read(answer, content.start, tagSequence);
  // version, policy
  const policy = next(answer, next(answer, info.start));
  const imprint = read(answer, policy, tagSequence);
  const wanted = Buffer.concat([sha256Algorithm, der(tagOctets, hashOf(text))]);
  if (!answer.subarray(imprint.start, imprint.end).equals(wanted))
    throw refused('the timestamp is of something else than the checkpoint');
  // serial, time, and then what may be there; the nonce is the one integer among those
  for (let offset = next(answer, next(answer, imprint.end)); offset < info.end; offset = next(answer, offset)) {
    if (answer[offset] !== tagInteger) continue;
    const found = read(answer, offset, tagInteger);
    if (answer.subarray(found.start, found.end).equals(positive(nonce))) return;
  }
  throw refused('the timestamp is an answer to another request');
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** As DER writes a positive integer: no zeros in front but one where the first bit is set (X.690 §8.3). */
function positive(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const shortest = Buffer.from(bytes.subarray(start));
  return (shortest[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), shortest]) : shortest;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length >= 128) throw new RangeError('longer than a request can be');
  return Buffer.concat([Buffer.of(tag, body.length), body]);
}

interface Element {
  readonly start: number;
  readonly end: number;
}

function read(bytes: Buffer, offset: number, tag?: number): Element {
  if (offset + 2 > bytes.length || (tag !== undefined && bytes[offset] !== tag)) throw malformed();
  const first = bytes[offset + 1]!;
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const digits = first & 0x7f;
    if (digits < 1 || digits > 4 || start + digits > bytes.length) throw malformed();
    length = bytes.readUIntBE(start, digits);
    start += digits;
  }
  if (start + length > bytes.length) throw malformed();
  return { start, end: start + length };
}

function next(bytes: Buffer, offset: number): number {
  return read(bytes, offset).end;
}

function malformed(): Error {
  return refused('the answer of the timestamp authority is malformed');
}

function refused(detail: string): Error {
  return auditProblem('audit/witness-refused', detail, { status: 503 });
}
