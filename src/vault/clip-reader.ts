/**
 * A clip to play, by plaintext offsets, whether it is finished, torn or being filmed right now. Only the chunks asked
 * for are read and decrypted. Where clip and tail lie side by side they are one: the tail is read first, then the clip,
 * so that bytes which the writer moves from one to the other meanwhile are seen in both and dropped once.
 */
import type { Log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { tailNameOf } from '../storage/object-name.ts';
import type { ObjectStore, StoredObject } from '../storage/object-store.ts';
import { decrypt } from './age/decryptor.ts';
import type { AgeReader } from './age/reader.ts';
import { openAgeReader } from './age/reader.ts';
import type { Identity } from './age/recipients.ts';
import { clipIdOf } from './clip-name.ts';
import { tryParseTail } from './clip-tail.ts';
import { ageProblem, locked, vaultProblem } from './problems.ts';
import { readSmallObject } from './sealed-files.ts';

/** A chunk, the tail's header, and what age puts around them. */
const maxTailBytes = 96 * 1024;

export class ClipReader {
  /** Plaintext bytes that can be read, the tail's included. */
  readonly plainBytes: number;
  /** True where the clip isn't finished: it ends where it was torn, or is being filmed. */
  readonly torn: boolean;
  /** The same for the same file, another for another. */
  readonly stamp: string;
  readonly #name: string;
  readonly #object: StoredObject;
  readonly #reader: AgeReader;
  readonly #tail: Uint8Array;
  readonly #onClose: (reader: ClipReader) => void;
  #state: 'open' | 'revoked' | 'closed' = 'open';

  constructor(parts: {
    name: string;
    object: StoredObject;
    reader: AgeReader;
    tail: Uint8Array;
    onClose: (reader: ClipReader) => void;
  }) {
    this.#name = parts.name;
    this.#object = parts.object;
    this.#reader = parts.reader;
    this.#tail = parts.tail;
    this.#onClose = parts.onClose;
    this.torn = parts.reader.torn;
    this.stamp = parts.reader.stamp;
    this.plainBytes = parts.reader.plainBytes + parts.tail.length;
  }

  /**
   * Plaintext bytes `start` to before `end` (both are cut to what there is), in pieces of at most 64 KiB that are the
   * caller's. Throws `vault/damaged` at the chunk that was changed, `vault/locked` where it was locked meanwhile.
   */
  async *read(start: number, end: number): AsyncIterable<Buffer> {
    const sealedEnd = this.#reader.plainBytes;
    try {
      for await (const bytes of this.#reader.read(start, Math.min(end, sealedEnd))) {
        this.#check();
        yield bytes;
      }
    } catch (error) {
      this.#check(); // a forgotten key looks like damage
      throw ageProblem(error, this.#name);
    }
    this.#check();
    const rest = this.#tail.subarray(Math.max(0, start - sealedEnd), Math.max(0, end - sealedEnd));
    if (rest.length > 0) yield Buffer.from(rest);
  }

  /** Forgets the key; reads that go on throw `vault/locked`. */
  revoke(): void {
    this.#state = 'revoked';
    this.#reader.wipe();
    this.#tail.fill(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reader.wipe();
    this.#onClose(this);
    await this.#object[Symbol.asyncDispose]();
  }

  #check(): void {
    if (this.#state === 'revoked') throw locked();
    if (this.#state === 'closed') throw vaultProblem('vault/closed', 'this clip is closed');
  }
}

export interface OpenClipDeps {
  readonly store: ObjectStore;
  readonly log: Log;
  readonly onClose: (reader: ClipReader) => void;
}

/** Throws `storage/not-found`, `vault/foreign`, `vault/damaged`, `vault/bad-clip-name`. */
export async function openClipReader(
  name: string,
  identities: readonly Identity[],
  deps: OpenClipDeps,
): Promise<ClipReader> {
  const tail = await readTail(name, identities, deps);
  const object = await deps.store.open(name);
  try {
    const reader = await openAgeReader(object, identities);
    const parts = { name, object, reader, onClose: deps.onClose };
    if (!reader.torn || tail === undefined) return new ClipReader({ ...parts, tail: Buffer.alloc(0) });
    const known = reader.plainBytes - tail.offset;
    if (known < 0) deps.log.warn({ name, missingBytes: -known }, 'clip tail left out behind a gap');
    const rest = known < 0 ? Buffer.alloc(0) : tail.bytes.subarray(Math.min(known, tail.bytes.length));
    return new ClipReader({ ...parts, tail: rest });
  } catch (error) {
    await object[Symbol.asyncDispose]();
    throw ageProblem(error, name);
  }
}

async function readTail(
  name: string,
  identities: readonly Identity[],
  deps: OpenClipDeps,
): Promise<{ offset: number; bytes: Uint8Array } | undefined> {
  const clipId = clipIdOf(name);
  let sealed: Buffer;
  try {
    sealed = await readSmallObject(deps.store, tailNameOf(name), maxTailBytes);
  } catch (error) {
    if (error instanceof Problem && error.code === 'storage/not-found') return undefined;
    throw error;
  }
  try {
    const tail = tryParseTail(await decrypt(sealed, identities));
    if (tail?.clipId === clipId) return tail;
    deps.log.warn({ name, found: tail?.clipId }, 'clip tail of another clip left out');
  } catch (error) {
    // The clip itself is worth more than its last half second: play it without
    deps.log.warn({ name, fault: error instanceof Error ? error.message : 'unknown' }, 'clip tail left out as damaged');
  }
  return undefined;
}
