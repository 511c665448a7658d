/**
 * `CLIP.facts.age`: what people said of a recording after it was made (labels, note, legal hold), sealed for the day of its
 * clip and replaced whole, so that a catalogue made anew from the clips has it again. The catalogue marks what is due in
 * the transaction of the change; here it is written, at once where the disk lets it and otherwise later. No file means
 * that nothing was ever said; where all was taken back, the file says so, for a copy of an older one may be elsewhere.
 */
import type { RecordingId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { FactsDue } from '../catalog/facts-due.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Vault } from '../vault/vault.ts';
import { factsName } from './names.ts';

export interface SaidOfClip {
  readonly labels: readonly string[];
  readonly note: string | null;
  /** UTC ms since when it is on legal hold. */
  readonly heldAt: number | null;
}

export interface FactsFilesParts {
  readonly catalog: Pick<Catalog, 'recordings' | 'annotations' | 'factsDue'>;
  readonly vault: Pick<Vault, 'sealObject'>;
  readonly store: Pick<ObjectStore, 'remove' | 'stat'>;
  readonly log: Log;
}

/** Read at once of those that are due. */
const page = 200;
/** As many and as long as HTTP takes them, with room for what came in another way. */
const maxLabels = 1000;
const maxTextLength = 1024 * 1024;
const retryMs = 60_000;

export class FactsFiles {
  readonly #parts: FactsFilesParts;
  /** One after another: two writers of one file could leave the older. */
  #queue: Promise<void> = Promise.resolve();

  constructor(parts: FactsFilesParts) {
    this.#parts = parts;
  }

  /** Writes all that is due. What can't be written now stays due, and is in the log; throws at nobody. */
  writeDue(): Promise<void> {
    return this.#next(() => this.#writeAll());
  }

  /** The same of one recording, whose caller has just changed it. */
  writeOf(id: RecordingId): Promise<void> {
    return this.#next(async () => {
      const [due] = await this.#parts.catalog.factsDue.list(1, id - 1);
      if (due?.recording === id) await this.#write(due);
    });
  }

  /** Its recording is deleted. */
  async remove({ file }: Pick<Recording, 'file'>): Promise<void> {
    // After what is being written: that would bring it back.
    const removed = this.#queue.then(() => this.#parts.store.remove(`${factsName(file)}.age`));
    this.#queue = removed.catch(() => {});
    await removed;
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue
      .then(work)
      .catch((error: unknown) => this.#parts.log.warn(describeError(error), 'clip facts not written yet'));
    return this.#queue;
  }

  async #writeAll(): Promise<void> {
    const { catalog, log } = this.#parts;
    let failed = 0;
    let last: unknown;
    for (let after = 0; ; ) {
      const due = await catalog.factsDue.list(page, after);
      for (const one of due) {
        try {
          await this.#write(one);
        } catch (error) {
          failed++;
          last = error;
        }
      }
      if (due.length < page) break;
      after = due.at(-1)!.recording;
    }
    if (failed > 0) log.warn({ recordings: failed, ...describeError(last) }, 'clip facts not written yet');
  }

  async #write(due: FactsDue): Promise<void> {
    const { catalog, vault, store } = this.#parts;
    const recording = await catalog.recordings.byId(due.recording, 'all');
    if (recording !== undefined && recording.file !== '') {
      const { labels, note } = (await catalog.annotations.of([recording.id])).get(recording.id) ?? nothingSaid;
      const { id, file, heldAt } = recording;
      const name = `${factsName(file)}.age`;
      const nothing = labels.length === 0 && note === null && heldAt === null;
      if (!nothing || (await store.stat(name)) !== undefined) {
        const facts = { version: 1, recording: id, labels, note, heldAt };
        await vault.sealObject(name, Buffer.from(JSON.stringify(facts)), { at: dayOf(file) });
      }
    }
    await catalog.factsDue.done(due);
  }
}

/** Beginning of the UTC day that the name `CAMERA/YYYY/MM/DD/…` is of. */
function dayOf(file: string): number {
  const [year, month, day] = file.split('/').slice(1, 4).map(Number) as [number, number, number];
  return Date.UTC(year, month - 1, day);
}

const nothingSaid: SaidOfClip = { labels: [], note: null, heldAt: null };

/** Tries each minute what is due, beginning now. */
export function startFactsFiles(facts: FactsFiles): AsyncDisposable {
  const abort = new AbortController();
  const running = (async () => {
    while (!abort.signal.aborted) {
      await facts.writeDue();
      await pause(retryMs, abort.signal);
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await running;
    },
  };
}

/**
 * What was said of the clip `file`; undefined where there is no facts file.
 * @throws Problem as `Vault.openObject`, and recording/bad-facts for a file that isn't of this recording
 */
export async function readFactsFile(
  { vault, store }: { readonly vault: Pick<Vault, 'openObject'>; readonly store: Pick<ObjectStore, 'stat'> },
  file: string,
  id: RecordingId,
): Promise<SaidOfClip | undefined> {
  const name = `${factsName(file)}.age`;
  if ((await store.stat(name)) === undefined) return undefined;
  const said = tryFacts(await vault.openObject(name), id);
  if (said === undefined)
    throw new Problem('recording/bad-facts', 'the facts beside a clip are damaged or of another clip', {
      status: 409,
      safe: { file },
    });
  return said;
}

function tryFacts(bytes: Buffer, id: RecordingId): SaidOfClip | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, recording, labels, note, heldAt } = value as Record<string, unknown>;
  if (version !== 1 || recording !== id || !Array.isArray(labels) || labels.length > maxLabels) return undefined;
  const isText = (text: unknown): text is string => typeof text === 'string' && text.length <= maxTextLength;
  if (!labels.every(isText) || !(note === null || isText(note))) return undefined;
  if (!(heldAt === null || (typeof heldAt === 'number' && Number.isSafeInteger(heldAt)))) return undefined;
  return { labels, note, heldAt };
}
