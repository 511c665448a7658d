/** Writing ISO base media boxes (ISO/IEC 14496-12 §4.2). For what is written once a file; fragments have their own. */

/** A part of a box: bytes, or text as ASCII. */
export type BoxPart = Uint8Array | string;

/** A box of a four-character type around its parts. */
export function box(type: string, ...parts: readonly BoxPart[]): Uint8Array {
  const body = parts.map((part) => (typeof part === 'string' ? ascii(part) : part));
  const size = body.reduce((sum, part) => sum + part.length, 8);
  const out = new Uint8Array(size);
  new DataView(out.buffer).setUint32(0, size);
  out.set(ascii(type), 4);
  let offset = 8;
  for (const part of body) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** A box that begins with version and flags (§4.2, FullBox). */
export function fullBox(type: string, version: number, flags: number, ...parts: readonly BoxPart[]): Uint8Array {
  return box(type, u32(((version << 24) | flags) >>> 0), ...parts);
}

export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 2);
  const view = new DataView(out.buffer);
  for (const [i, value] of values.entries()) view.setUint16(i * 2, value);
  return out;
}

export function u32(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value);
  return out;
}

/** Whole numbers up to 2^53. */
export function u64(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 8);
  const view = new DataView(out.buffer);
  for (const [i, value] of values.entries()) setUint64(view, i * 8, value);
  return out;
}

/** Hot: two halves instead of a BigInt. `value` is whole, 0 to 2^53. */
export function setUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / 2 ** 32));
  view.setUint32(offset + 4, value % 2 ** 32);
}

export function zeros(count: number): Uint8Array {
  return new Uint8Array(count);
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
