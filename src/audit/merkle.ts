/**
 * The Merkle tree of RFC 6962 §2.1, grown leaf by leaf. Only the roots of its complete subtrees are kept (one for each
 * bit of the size), which is all that the root needs.
 */
import { createHash } from 'node:crypto';

export class CompactRange {
  #size = 0;
  /** Roots of the complete subtrees, largest first. */
  readonly #roots: Buffer[] = [];

  get size(): number {
    return this.#size;
  }

  /** `leaf`: a leaf's hash, 32 bytes, kept. */
  add(leaf: Buffer): void {
    let hash = leaf;
    // Each bit that carries joins two subtrees of one size
    for (let size = this.#size; size % 2 === 1; size = Math.floor(size / 2)) hash = nodeHash(this.#roots.pop()!, hash);
    this.#roots.push(hash);
    this.#size++;
  }

  /** The tree's hash, 32 bytes; that of an empty tree is SHA-256 of nothing. */
  root(): Buffer {
    const last = this.#roots.at(-1);
    if (last === undefined) return createHash('sha256').digest();
    let hash = last;
    for (let at = this.#roots.length - 2; at >= 0; at--) hash = nodeHash(this.#roots[at]!, hash);
    return hash;
  }
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}
