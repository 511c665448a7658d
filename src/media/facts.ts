/**
 * What a recording says of itself, so that the catalogue can be rebuilt from the files alone: JSON in a `uuid` box
 * (ISO/IEC 14496-12 §11.1), which every player skips. One stands in the head (camera, id, start) and one at the end
 * (objects, end). What the JSON holds is the recorder's business.
 */

import type { BoxHeader } from './box-reader.ts';
import { box } from './boxes.ts';

/** Chosen at random for SentriX; never changes. */
const factsType = Uint8Array.from([
  0x5e, 0x47, 0x12, 0x58, 0x0b, 0x6e, 0x4d, 0x21, 0x9a, 0x3c, 0xf1, 0x7d, 0x84, 0xc6, 0x2e, 0x90,
]);

/** The same for the sample index of a recording. */
const indexType = Uint8Array.from([
  0xc2, 0x0d, 0x9b, 0x77, 0x31, 0x5a, 0x4f, 0x08, 0xb6, 0x19, 0x2a, 0xe4, 0x60, 0xd3, 0x8f, 0x15,
]);

/** More is no facts box of ours. */
export const maxFactsBytes = 4 * 1024 * 1024;

export type Facts = Readonly<Record<string, unknown>>;

export function factsBox(facts: Facts): Uint8Array {
  return box('uuid', factsType, Buffer.from(JSON.stringify(facts)));
}

export function indexBox(index: Uint8Array): Uint8Array {
  return box('uuid', indexType, index);
}

/** The facts in this box of `bytes`; undefined when it is another box, or damaged. */
export function tryFacts(bytes: Uint8Array, header: BoxHeader): Facts | undefined {
  const body = header.bytes > maxFactsBytes ? undefined : bodyOf(bytes, header, factsType);
  if (body === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Facts) : undefined;
  } catch {
    return undefined;
  }
}

/** The serialized index in this box of `bytes`, a view; undefined when it is another box. */
export function tryIndexBox(bytes: Uint8Array, header: BoxHeader): Uint8Array | undefined {
  return bodyOf(bytes, header, indexType);
}

function bodyOf(bytes: Uint8Array, header: BoxHeader, type: Uint8Array): Uint8Array | undefined {
  if (header.type !== 'uuid' || header.offset + header.bytes > bytes.length) return undefined;
  const body = bytes.subarray(header.offset + header.headerBytes, header.offset + header.bytes);
  if (body.length < type.length) return undefined;
  for (const [i, byte] of type.entries()) if (body[i] !== byte) return undefined;
  return body.subarray(type.length);
}
