/**
 * Sealed objects by name. Whoever stores decides nothing about keys: the bytes that arrive here are ciphertext already.
 * Two ways in: `put` for small objects that appear whole or not at all, and `create` for one that grows while it is
 * being filmed. A growing object may have a *tail* beside it (`CLIP.mp4.age` → `CLIP.tail.age`), replaced as a whole.
 */

/** An object that grows; one writer. Calls are not to overlap: await each before the next. */
export interface OpenObject {
  readonly name: string;
  /** Bytes appended so far. */
  readonly sizeBytes: number;
  /** Writes at the end. The buffers belong to the store until the promise settles. After an error the size is unchanged. */
  append(bytes: Uint8Array | readonly Uint8Array[]): Promise<void>;
  /**
   * Puts `bytes` in place of the object's tail, atomically. Survives the process, not necessarily the power. The buffers
   * belong to the store until the promise settles.
   */
  replaceTail(bytes: Uint8Array | readonly Uint8Array[]): Promise<void>;
  /** Makes object and name durable, then removes the tail. `from`: the same bytes, where they are nearer than in the store. */
  finish(from?: StoredObject): Promise<void>;
  /** Closes and removes the object and its tail, as if it had never been. */
  abandon(): Promise<void>;
  /** Closes and leaves object and tail as they are: a torn object, readable up to the tear. Nothing after `finish`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** An object to read from; the size is that of the moment of opening. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** Fills `target` from `offset`; returns how many bytes there were, fewer than `target.length` at the end only. */
  read(offset: number, target: Uint8Array): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ObjectFacts {
  readonly sizeBytes: number;
  /** UTC milliseconds. */
  readonly modifiedAt: number;
  /** Grows, or was left: where what grows lies in pieces, it isn't one object yet. */
  readonly inPieces?: boolean;
}

export interface ListedObject extends ObjectFacts {
  readonly name: string;
}

/** Every method throws `storage/bad-name` for a name outside the alphabet; see `object-name.ts`. */
export interface ObjectStore {
  /** Starts a growing object. Throws `storage/exists` where there is one of that name. */
  create(name: string): Promise<OpenObject>;
  /** Throws `storage/not-found`. */
  open(name: string): Promise<StoredObject>;
  /**
   * Stores a small object: durable, and visible whole or not at all. Replaces an older one, unless `exclusive`: then
   * `storage/exists`.
   */
  put(name: string, bytes: Uint8Array, options?: { readonly exclusive?: boolean }): Promise<void>;
  /** `put` for many, which share the waits for the disk. In no order: after an error some are there and some aren't. */
  putAll(objects: Iterable<readonly [name: string, bytes: Uint8Array]>): Promise<void>;
  /** Removes an object; none there is fine. */
  remove(name: string): Promise<void>;
  stat(name: string): Promise<ObjectFacts | undefined>;
  /** Objects whose name starts with `prefix` (`keys/2026-11-24-`, `front-door/`; empty for all), in order of name within a folder. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** What may still be written, in bytes. */
  freeBytes(): Promise<number>;
}

/** A store that can be the copy of another. What it has already is never taken away in order to bring it anew. */
export interface CopyStore extends ObjectStore {
  /** Starts a growing object, or goes on with one that was left: `sizeBytes` says what is there. */
  grow(name: string): Promise<OpenObject>;
  /** A whole object of any size in place of what is there: whole or not at all. */
  upload(name: string, source: StoredObject): Promise<void>;
}
