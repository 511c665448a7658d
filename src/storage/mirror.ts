/**
 * A second copy of everything that is stored, written while it comes. The first store is what counts: it is written and
 * read as if there were no copy, and a copy that is slow, full or gone holds nothing up. No bytes wait in memory: what
 * is kept is which objects differ, and a worker brings them over by reading what the first store has. So it goes on
 * where it stopped, whatever stopped it. Day keys go before clips, and a clip's bytes before the tail that follows them.
 *
 * Nothing goes from the copy but what was removed here through this store: a directory that was emptied, or unplugged, by
 * somebody else takes nothing with it. Removals that the copy hasn't had yet stand in a journal.
 */
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import { readSmallFile, writeSmallFile } from './files.ts';
import { isReplaced, tailNameOf } from './object-name.ts';
import type { CopyStore, ListedObject, ObjectFacts, ObjectStore, OpenObject, StoredObject } from './object-store.ts';

export interface MirrorDeps {
  readonly first: ObjectStore;
  /** Opens the copy; tried again while it throws. */
  readonly openCopy: () => Promise<CopyStore>;
  /** Absolute; names that are to go from the copy, a line each. */
  readonly journal: string;
  /** The least time between two rounds, where each write costs; 0 unless told. */
  readonly paceMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface MirrorState {
  readonly kind: 'current' | 'behind' | 'failing';
  /** Objects that the copy hasn't got as they are here. */
  readonly waiting: number;
  /** Since when the oldest of them waits; 0 where none does. */
  readonly lagMs: number;
  /** What was wrong at the last try. */
  readonly problem?: string;
}

/** A clip that grows here, and its copy as far as it has come. */
interface Growing {
  copy: OpenObject | undefined;
  copied: number;
  state: 'open' | 'finished' | 'left';
}

const blockBytes = 1024 * 1024;
const maxSmallBytes = 16 * 1024 * 1024;
const maxJournalBytes = 64 * 1024 * 1024;
/** What the end of the process waits for, at most. */
const closeMs = 2000;

export async function startMirror(deps: MirrorDeps): Promise<Mirror> {
  const found = (await readSmallFile(deps.journal, maxJournalBytes))?.bytes.toString('utf8') ?? '';
  return new Mirror(deps, new Set(found.split('\n').filter((name) => name !== '')));
}

export class Mirror implements ObjectStore {
  readonly #deps: MirrorDeps;
  readonly #removals: Set<string>;
  /** Names that differ, and since when (monotonic ms). */
  readonly #dirty = new Map<string, number>();
  /** Of the one that is brought over now, since when it waited. */
  #bringing: number | undefined;
  readonly #growing = new Map<string, Growing>();
  readonly #backoff = new Backoff(500, 30_000);
  readonly #abort = new AbortController();
  #copy: CopyStore | undefined;
  /** Everything is looked at once: what came while no process of ours ran, or while the copy was away. */
  #compared = false;
  #problem: string | undefined;
  #wake = Promise.withResolvers<void>();
  #journalled: Promise<void> = Promise.resolve();
  readonly #worker: Promise<void>;

  /** Use `startMirror`. */
  constructor(deps: MirrorDeps, removals: Set<string>) {
    this.#deps = deps;
    this.#removals = removals;
    this.#worker = this.#run();
  }

  state(): MirrorState {
    const since = [...this.#dirty.values(), ...(this.#bringing === undefined ? [] : [this.#bringing])];
    const waiting = since.length + this.#removals.size;
    const oldest = since.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
    const lagMs = since.length === 0 ? 0 : Math.max(0, this.#deps.clock.monotonicMs() - oldest);
    if (this.#problem !== undefined) return { kind: 'failing', waiting, lagMs, problem: this.#problem };
    return { kind: this.#compared && waiting === 0 ? 'current' : 'behind', waiting, lagMs };
  }

  async create(name: string): Promise<OpenObject> {
    const object = await this.#deps.first.create(name);
    const growing: Growing = { copy: undefined, copied: 0, state: 'open' };
    this.#growing.set(name, growing);
    this.#mark(name);
    const mark = (): void => this.#mark(name);
    const gone = (): Promise<void> => this.#gone([name, tailNameOf(name)]);
    return {
      name,
      get sizeBytes() {
        return object.sizeBytes;
      },
      append: async (bytes) => {
        await object.append(bytes);
        mark();
      },
      replaceTail: async (bytes) => {
        await object.replaceTail(bytes);
        mark();
      },
      finish: async () => {
        await object.finish();
        growing.state = 'finished';
        mark();
      },
      abandon: async () => {
        await gone();
        await object.abandon();
      },
      [Symbol.asyncDispose]: async () => {
        await object[Symbol.asyncDispose]();
        if (growing.state === 'open') growing.state = 'left';
        mark();
      },
    };
  }

  open(name: string): Promise<StoredObject> {
    return this.#deps.first.open(name);
  }

  async put(name: string, bytes: Uint8Array, options?: { readonly exclusive?: boolean }): Promise<void> {
    await this.#deps.first.put(name, bytes, options);
    this.#mark(name);
  }

  async putAll(objects: Iterable<readonly [name: string, bytes: Uint8Array]>): Promise<void> {
    const all = [...objects];
    try {
      await this.#deps.first.putAll(all);
    } finally {
      for (const [name] of all) this.#mark(name);
    }
  }

  async remove(name: string): Promise<void> {
    // Written down first: whatever comes in between, the copy will hear of it
    await this.#gone([name]);
    await this.#deps.first.remove(name);
  }

  stat(name: string): Promise<ObjectFacts | undefined> {
    return this.#deps.first.stat(name);
  }

  list(prefix: string): AsyncIterable<ListedObject> {
    return this.#deps.first.list(prefix);
  }

  freeBytes(): Promise<number> {
    return this.#deps.first.freeBytes();
  }

  /** Gives the copy a moment to catch up; what is left is brought over at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    const until = AbortSignal.timeout(closeMs);
    while (this.state().waiting > 0 && this.#problem === undefined && !until.aborted) await pause(20, until);
    this.#abort.abort();
    this.#wake.resolve();
    await this.#worker;
  }

  #mark(name: string): void {
    if (this.#removals.delete(name)) void this.#journal();
    if (!this.#dirty.has(name)) this.#dirty.set(name, this.#deps.clock.monotonicMs());
    this.#wake.resolve();
  }

  async #gone(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#dirty.delete(name);
      this.#removals.add(name);
    }
    await this.#journal();
    this.#wake.resolve();
  }

  /** One at a time, each with all that is known by then. */
  #journal(): Promise<void> {
    this.#journalled = this.#journalled
      .catch(() => {})
      .then(() => {
        const text = [...this.#removals].map((name) => `${name}\n`).join('');
        return writeSmallFile(this.#deps.journal, Buffer.from(text), { exclusive: false });
      });
    // Also where nobody waits for it
    this.#journalled.catch((error: unknown) =>
      this.#deps.log.error(describeError(error), 'mirror journal not written'),
    );
    return this.#journalled;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        this.#copy ??= await this.#deps.openCopy();
        if (!this.#compared) await this.#compare(this.#copy, signal);
        await this.#pass(this.#copy, signal);
        if (this.#problem !== undefined) this.#deps.log.info({}, 'mirror reached again');
        this.#problem = undefined;
        this.#backoff.reset();
        if (this.#deps.paceMs !== undefined) await pause(this.#deps.paceMs, signal);
        if (this.#dirty.size + this.#removals.size > 0) continue;
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      } catch (error) {
        if (signal.aborted) break;
        if (this.#problem === undefined) this.#deps.log.warn(describeError(error), 'mirror not written');
        this.#problem = error instanceof Problem ? error.detail : 'the copy cannot be written';
        // What it has of the clips that grow isn't known any more: they are begun anew
        for (const growing of this.#growing.values()) await forget(growing);
        this.#copy = undefined;
        this.#compared = false;
        await pause(this.#backoff.nextMs(), signal);
      }
    }
    for (const growing of this.#growing.values()) await forget(growing);
  }

  /** Marks what the copy lacks. A clip that is longer there than here stays: they only grow. */
  async #compare(copy: CopyStore, signal: AbortSignal): Promise<void> {
    for await (const { name, sizeBytes } of this.#deps.first.list('')) {
      signal.throwIfAborted();
      const there = await copy.stat(name);
      const isClip = name.endsWith('.mp4.age');
      const differs =
        there === undefined ||
        // What nobody goes on with becomes one object
        (there.inPieces === true && !this.#growing.has(name)) ||
        (isClip ? there.sizeBytes < sizeBytes : there.sizeBytes !== sizeBytes) ||
        (isReplaced(name) && !(await sameBytes(this.#deps.first, copy, name)));
      if (differs && !this.#dirty.has(name)) this.#mark(name);
    }
    this.#compared = true;
  }

  async #pass(copy: CopyStore, signal: AbortSignal): Promise<void> {
    const removals = [...this.#removals];
    for (const name of removals) {
      signal.throwIfAborted();
      const growing = this.#growing.get(name);
      this.#growing.delete(name);
      if (growing !== undefined) await forget(growing);
      await copy.remove(name);
      // Stored anew meanwhile? Then it is marked, and comes over as such
      this.#removals.delete(name);
    }
    if (removals.length > 0) await this.#journal();
    const names = [...this.#dirty.keys()].toSorted((a, b) => Number(isKey(b)) - Number(isKey(a)));
    for (const name of names) {
      signal.throwIfAborted();
      const since = this.#dirty.get(name);
      if (since === undefined) continue;
      this.#dirty.delete(name);
      this.#bringing = since;
      try {
        await this.#bring(name, copy);
      } catch (error) {
        // Gone here meanwhile: its removal is another's to bring over
        if ((await this.#deps.first.stat(name)) === undefined) continue;
        if (!this.#removals.has(name)) this.#dirty.set(name, since);
        throw error;
      } finally {
        this.#bringing = undefined;
      }
    }
  }

  async #bring(name: string, copy: CopyStore): Promise<void> {
    const growing = this.#growing.get(name);
    if (growing !== undefined) return await this.#bringGrowing(name, growing, copy);
    if (!name.endsWith('.mp4.age')) {
      await copy.put(name, await readWhole(this.#deps.first, name));
      return;
    }
    await using source = await this.#deps.first.open(name);
    await copy.upload(name, source);
  }

  async #bringGrowing(name: string, growing: Growing, copy: CopyStore): Promise<void> {
    const { state } = growing;
    if (growing.copy === undefined) {
      let object = await copy.grow(name);
      const { sizeBytes } = (await this.#deps.first.stat(name)) ?? { sizeBytes: 0 };
      if (object.sizeBytes > sizeBytes) {
        // No beginning of this one: what lies there is not its copy
        await object.abandon();
        object = await copy.grow(name);
      }
      growing.copy = object;
      growing.copied = object.sizeBytes;
    }
    // The tail first, then the clip's bytes, which are then all that stand before it
    const tail = await readWhole(this.#deps.first, tailNameOf(name)).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'storage/not-found') return undefined;
      throw error;
    });
    growing.copied = await this.#append(name, growing.copy, growing.copied);
    if (state === 'finished') {
      await using source = await this.#deps.first.open(name);
      await growing.copy.finish(source);
      await copy.remove(tailNameOf(name));
    }
    if (state !== 'finished' && tail !== undefined) await growing.copy.replaceTail(tail);
    if (state === 'open') return;
    if (state === 'left') await growing.copy[Symbol.asyncDispose]();
    this.#growing.delete(name);
  }

  /** Appends what the first store has behind `from`; returns where that ends. */
  async #append(name: string, object: OpenObject, from: number): Promise<number> {
    await using source = await this.#deps.first.open(name);
    const block = Buffer.allocUnsafe(Math.min(blockBytes, Math.max(1, source.sizeBytes - from)));
    let offset = from;
    while (offset < source.sizeBytes) {
      this.#abort.signal.throwIfAborted();
      const bytes = await source.read(offset, block.subarray(0, Math.min(block.length, source.sizeBytes - offset)));
      if (bytes === 0) break;
      await object.append(block.subarray(0, bytes));
      offset += bytes;
    }
    return offset;
  }
}

function isKey(name: string): boolean {
  return name.startsWith('keys/');
}

async function forget(growing: Growing): Promise<void> {
  const { copy } = growing;
  growing.copy = undefined;
  growing.copied = 0;
  await copy?.[Symbol.asyncDispose]().catch(() => {});
}

async function readWhole(store: ObjectStore, name: string): Promise<Buffer> {
  await using object = await store.open(name);
  if (object.sizeBytes > maxSmallBytes)
    throw new Problem('storage/unavailable', 'an object is larger than it can be', { status: 503, safe: { name } });
  const bytes = Buffer.alloc(object.sizeBytes);
  return bytes.subarray(0, await object.read(0, bytes));
}

async function sameBytes(a: ObjectStore, b: ObjectStore, name: string): Promise<boolean> {
  return (await readWhole(a, name)).equals(await readWhole(b, name));
}
