/**
 * Proofs of RFC 6962 §2.1.1 and §2.1.2 (RFC 9162 §2.1.3 and §2.1.4 say how they are verified): that an entry is in a tree of
 * this root, and that one tree is the beginning of another. Making them takes all leaves; verifying takes the proof alone.
 */
import { nodeHash } from './merkle.ts';

/** Hashes from the leaf upwards. `leaves`: all hashes of the tree; `index`: of the entry. */
export function inclusionProof(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!(index >= 0 && index < leaves.length)) throw new RangeError('no such leaf');
  return path(leaves, index);
}

/** Whether the entry with hash `leaf` is number `index` in the tree of `size` entries with `root`. */
export function isIncluded(
  entry: { readonly leaf: Buffer; readonly index: number },
  tree: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (!(entry.index >= 0 && entry.index < tree.size)) return false;
  let at = entry.index;
  let last = tree.size - 1;
  let hash = entry.leaf;
  for (const other of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(other, hash);
      // A last node without a sibling was carried up unchanged
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = nodeHash(hash, other);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && hash.equals(tree.root);
}

/** On which side each hash of an inclusion proof stands, from the leaf upwards; for those who walk it by hand. */
export function inclusionSides(index: number, size: number, length: number): ('left' | 'right')[] {
  const sides: ('left' | 'right')[] = [];
  let at = index;
  let last = size - 1;
  while (sides.length < length) {
    const left = at % 2 === 1 || at === last;
    sides.push(left ? 'left' : 'right');
    if (left) while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  return sides;
}

/** That the tree of the first `size` leaves is the beginning of the tree of all. Empty where both are the same. */
export function consistencyProof(leaves: readonly Buffer[], size: number): Buffer[] {
  if (!(size > 0 && size <= leaves.length)) throw new RangeError('no such tree');
  return size === leaves.length ? [] : subProof(leaves, size, true);
}

export function isConsistent(
  older: { readonly size: number; readonly root: Buffer },
  newer: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (older.size > newer.size || older.size < 1) return false;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  const hashes = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  const first = hashes.shift();
  if (first === undefined) return false;
  let at = older.size - 1;
  let last = newer.size - 1;
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let oldHash = first;
  let newHash = first;
  for (const other of hashes) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      oldHash = nodeHash(other, oldHash);
      newHash = nodeHash(other, newHash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else newHash = nodeHash(newHash, other);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && oldHash.equals(older.root) && newHash.equals(newer.root);
}

function path(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...path(leaves.slice(0, split), index), rootOf(leaves.slice(split))]
    : [...path(leaves.slice(split), index - split), rootOf(leaves.slice(0, split))];
}

function subProof(leaves: readonly Buffer[], size: number, whole: boolean): Buffer[] {
  if (size === leaves.length) return whole ? [] : [rootOf(leaves)];
  const split = splitOf(leaves.length);
  return size <= split
    ? [...subProof(leaves.slice(0, split), size, whole), rootOf(leaves.slice(split))]
    : [...subProof(leaves.slice(split), size - split, false), rootOf(leaves.slice(0, split))];
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const split = splitOf(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  return 2 ** Math.round(Math.log2(value)) === value;
}
