/** Reading ISO base media boxes out of bytes nobody vouches for: a file after a crash, or one handed to us. */

export interface BoxHeader {
  readonly type: string;
  /** Where the box begins. */
  readonly offset: number;
  /** Of type and size (and of the 64-bit size): 8 or 16. */
  readonly headerBytes: number;
  /** Header included. */
  readonly bytes: number;
}

/**
 * The header at `offset`. Undefined when there are too few bytes for it or its size is impossible; a size that
 * reaches beyond `bytes` is the caller's to judge. Size 0 ("to the end of the file") is impossible in our files.
 */
export function tryBoxHeader(bytes: Uint8Array, offset: number): BoxHeader | undefined {
  if (offset < 0 || bytes.length - offset < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size = view.getUint32(offset);
  let headerBytes = 8;
  if (size === 1) {
    if (bytes.length - offset < 16 || view.getUint32(offset + 8) > 0x1fffff) return undefined;
    size = view.getUint32(offset + 8) * 2 ** 32 + view.getUint32(offset + 12);
    headerBytes = 16;
  }
  if (size < headerBytes) return undefined;
  const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
  return { type, offset, headerBytes, bytes: size };
}

/** The boxes that lie wholly between `start` and `end`, in order. Ends at the first that doesn't. */
export function childBoxes(bytes: Uint8Array, start = 0, end: number = bytes.length): BoxHeader[] {
  const found: BoxHeader[] = [];
  for (let offset = start; offset < end; ) {
    const header = tryBoxHeader(bytes, offset);
    if (header === undefined || header.bytes > end - offset) break;
    found.push(header);
    offset += header.bytes;
  }
  return found;
}

/** The boxes inside a container box; `skip` bytes of its own fields come first. */
export function boxesIn(bytes: Uint8Array, parent: BoxHeader, skip = 0): BoxHeader[] {
  return childBoxes(bytes, parent.offset + parent.headerBytes + skip, parent.offset + parent.bytes);
}

/** The first box at this path of types, each inside the one before. */
export function findBox(bytes: Uint8Array, ...path: readonly string[]): BoxHeader | undefined {
  let level = childBoxes(bytes);
  let found: BoxHeader | undefined;
  for (const type of path) {
    found = level.find((candidate) => candidate.type === type);
    if (found === undefined) return undefined;
    level = boxesIn(bytes, found);
  }
  return found;
}

/** What is in a box behind its header; no copy. */
export function boxBody(bytes: Uint8Array, header: BoxHeader): Uint8Array {
  return bytes.subarray(header.offset + header.headerBytes, header.offset + header.bytes);
}
