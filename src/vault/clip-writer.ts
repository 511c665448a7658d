/**
 * A clip being filmed. Plaintext waits in one chunk of memory, leaves it only sealed, and each chunk is sealed once. In
 * between, `flushTail` keeps the unsealed rest in a small age file of its own, so that a crash costs half a second.
 * Everything that touches the disk goes through one queue: a tail is drafted only when all chunks before it are written,
 * so clip and tail never have a gap between them.
 */
import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { OpenObject } from '../storage/object-store.ts';
import type { Encryptor } from './age/encryptor.ts';
import { startEncryptor } from './age/encryptor.ts';
import { chunkBytes } from './age/payload.ts';
import type { Rewriter } from './age/rewriter.ts';
import { startRewriter } from './age/rewriter.ts';
import { tailHeader } from './clip-tail.ts';
import type { DayKey } from './day-keys.ts';
import { vaultProblem } from './problems.ts';

/** Sealed bytes that may wait for the disk before `write` asks to be awaited, and before it gives up. */
const softPendingBytes = 1024 * 1024;
const hardPendingBytes = 16 * 1024 * 1024;

export interface FinishedClip {
  readonly plainBytes: number;
  /** SHA-256 of the plaintext, hex. */
  readonly plainSha256: string;
  readonly sealedBytes: number;
  /** SHA-256 of the whole age file, hex. */
  readonly ciphertextSha256: string;
}

export class ClipWriter {
  readonly name: string;
  /** The day key it is sealed for. */
  readonly kid: string;
  readonly #clipId: string;
  readonly #object: OpenObject;
  readonly #day: DayKey;
  readonly #encryptor: Encryptor;
  readonly #hash: Hash = createHash('sha256');
  readonly #plainHash: Hash;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #plainBytes = 0;
  #tailedBytes = 0;
  /** When the oldest byte came that is neither sealed nor in the tail, by `performance.now()`. */
  #looseSinceMs = 0;
  #queue: Promise<void> = Promise.resolve();
  #drain: Promise<void> | undefined;
  /** Somebody waits until less than the soft bound is pending. */
  #room: PromiseWithResolvers<void> | undefined;
  #tail: Promise<void> | undefined;
  #rewriter: Rewriter | undefined;
  /** The tail's plaintext is put together here, twice a second. */
  #tailPlain: Buffer | undefined;
  #failure: unknown;
  #closed = false;

  private constructor(parts: {
    object: OpenObject;
    day: DayKey;
    clipId: string;
    encryptor: Encryptor;
    plainHash: Hash;
  }) {
    this.name = parts.object.name;
    this.kid = parts.day.kid;
    this.#clipId = parts.clipId;
    this.#object = parts.object;
    this.#day = parts.day;
    this.#encryptor = parts.encryptor;
    this.#plainHash = parts.plainHash;
  }

  /** Takes `object` over, and writes the header. */
  static async start(parts: { object: OpenObject; day: DayKey; clipId: string }): Promise<ClipWriter> {
    try {
      const plainHash = createHash('sha256');
      const encryptor = await startEncryptor([parts.day.recipient], plainHash);
      const writer = new ClipWriter({ ...parts, encryptor, plainHash });
      writer.#enqueue([encryptor.prologue]);
      await writer.#drained();
      return writer;
    } catch (error) {
      await parts.object.abandon();
      throw error;
    }
  }

  /** Plaintext written so far. */
  get plainBytes(): number {
    return this.#plainBytes;
  }

  /**
   * Hot. Takes plaintext; the buffers are the caller's again when it returns. Returns a promise where the disk is
   * behind: await it before writing more. Throws the failure of an earlier append, `vault/overrun` where nobody
   * awaited and 16 MiB wait, `vault/closed`.
   */
  write(parts: Uint8Array | readonly Uint8Array[]): void | Promise<void> {
    this.#check();
    const sealed: Uint8Array[] = [];
    const isFirstLoose = Math.max(this.#tailedBytes, this.#encryptor.sealedPlainBytes) >= this.#plainBytes;
    if (parts instanceof Uint8Array) this.#seal(parts, sealed);
    else for (const part of parts) this.#seal(part, sealed);
    if (isFirstLoose || sealed.length > 0) this.#looseSinceMs = performance.now();
    if (sealed.length > 0) this.#enqueue(sealed);
    if (this.#pendingBytes <= softPendingBytes) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /**
   * Puts all that isn't sealed yet into the tail, for the recorder to call a few times a second. Nothing to do where nothing is
   * new, nor where what is new came less than `sinceMs` ago: a good camera fills a chunk before it needs a tail.
   */
  flushTail(sinceMs = 0): Promise<void> {
    this.#check();
    if (this.#tail === undefined && performance.now() - this.#looseSinceMs < sinceMs) return Promise.resolve();
    if (this.#tail === undefined && this.#plainBytes === this.#tailedBytes) return Promise.resolve();
    this.#tail ??= this.#exclusive(() => this.#writeTail()).finally(() => {
      this.#tail = undefined;
    });
    return this.#tail;
  }

  /** Seals the last chunk and makes the clip durable; the tail goes. */
  async finish(): Promise<FinishedClip> {
    this.#check();
    this.#closed = true;
    const sealed: Uint8Array[] = [];
    this.#encryptor.end(sealed);
    this.#enqueue(sealed);
    await this.#exclusive(async () => {
      await this.#appendPending();
      await this.#object.finish();
    });
    this.#rewriter?.wipe();
    return {
      plainBytes: this.#plainBytes,
      plainSha256: this.#plainHash.digest('hex'),
      sealedBytes: this.#object.sizeBytes,
      ciphertextSha256: this.#hash.digest('hex'),
    };
  }

  /** Removes clip and tail, as if it had never begun. */
  async abandon(): Promise<void> {
    this.#close();
    await this.#queue;
    await this.#object.abandon();
  }

  /** Where it isn't finished: leaves clip and tail as they are on disk, readable up to there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.#queue;
    await this.#object[Symbol.asyncDispose]();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#encryptor.wipe();
    this.#rewriter?.wipe();
    this.#tailPlain?.fill(0);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw vaultProblem('vault/closed', 'this clip is closed', { safe: { name: this.name } });
  }

  #seal(part: Uint8Array, sealed: Uint8Array[]): void {
    this.#encryptor.write(part, sealed);
    this.#plainBytes += part.length;
  }

  #enqueue(sealed: readonly Uint8Array[]): void {
    for (const bytes of sealed) {
      this.#pending.push(bytes);
      this.#pendingBytes += bytes.length;
    }
    if (this.#pendingBytes > hardPendingBytes)
      this.#fail(
        vaultProblem('vault/overrun', 'the disk is too slow for this clip', { status: 503, safe: { name: this.name } }),
      );
    // The failure is thrown by the next write
    else void this.#drained().catch(() => {});
  }

  #drained(): Promise<void> {
    this.#drain ??= this.#exclusive(() => this.#appendPending());
    return this.#drain;
  }

  async #appendPending(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      const batchBytes = this.#pendingBytes;
      this.#pending = [];
      const appended = this.#object.append(batch);
      for (const bytes of batch) this.#hash.update(bytes); // while the disk works
      await appended;
      this.#pendingBytes -= batchBytes;
      if (this.#pendingBytes <= softPendingBytes) this.#makeRoom();
    }
    // In the same step that saw nothing pending, so that what comes next starts another round
    this.#drain = undefined;
  }

  async #writeTail(): Promise<void> {
    this.#rewriter ??= await startRewriter([this.#day.recipient]);
    await this.#appendPending();
    // From here to the end of the tail's plaintext nothing waits: `unsealed` is a view that the next write changes
    if (this.#closed) return;
    const header = tailHeader(this.#clipId, this.#encryptor.sealedPlainBytes);
    const { unsealed } = this.#encryptor;
    this.#tailPlain ??= Buffer.allocUnsafeSlow(header.length + chunkBytes);
    this.#tailPlain.set(header);
    this.#tailPlain.set(unsealed, header.length);
    const sealed = this.#rewriter.seal(this.#tailPlain.subarray(0, header.length + unsealed.length));
    const covered = this.#plainBytes;
    const draftedMs = performance.now();
    await this.#object.replaceTail(sealed);
    this.#tailedBytes = covered;
    // What came meanwhile is younger than this.
    this.#looseSinceMs = draftedMs;
  }

  /** Runs `work` after all before it; a failure is kept and ends the clip. */
  #exclusive(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        await work();
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#makeRoom(); // the next call throws
  }
}
