/**
 * Room for the picture that is being put together. Pictures of more than a megabyte are rare, and room for one is large: one
 * such buffer serves all cameras in turn, lest each picture of a camera that sends nothing else leaves megabytes behind.
 */
const smallBytes = 64 * 1024;
const mediumBytes = 1024 * 1024;

/** Never read before it is written: whatever another camera left in it stays unseen. */
let spare: Uint8Array | undefined;

export function smallScratch(): Uint8Array {
  return new Uint8Array(smallBytes);
}

/** Larger room with the first `length` bytes of `scratch` in it, which is given back. */
export function grownScratch(scratch: Uint8Array, length: number, neededBytes: number): Uint8Array {
  const size = Math.max(scratch.length * 4, neededBytes);
  let grown: Uint8Array;
  if (size > mediumBytes && spare !== undefined && spare.length >= neededBytes) {
    grown = spare;
    spare = undefined;
  } else {
    grown = new Uint8Array(size);
  }
  grown.set(scratch.subarray(0, length));
  if (scratch.length > mediumBytes) spare = scratch;
  return grown;
}

/** What a camera goes on with after a picture: large room is given back. */
export function keptScratch(scratch: Uint8Array): Uint8Array {
  if (scratch.length <= mediumBytes) return scratch;
  spare = scratch;
  return smallScratch();
}
