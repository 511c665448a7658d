/**
 * Deletions that wait: for days in which somebody can stop them, or for a second admin who agrees, so that one stolen session can't
 * destroy evidence. What retention deletes doesn't wait. They lie in the catalogue, and the log has each step.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { StateQueries } from '../catalog/state.ts';

export type DeletionSubject =
  | { readonly kind: 'recording'; readonly recording: RecordingId; readonly camera: CameraId }
  /** `YYYY-MM-DD`, UTC: its keys are to be shredded. */
  | { readonly kind: 'day'; readonly date: string };

/** Who asks: an account, or `null` for a command on the machine itself. */
export interface DeletionActor {
  readonly who: string | null;
  readonly from: string | null;
}

export interface PendingDeletion {
  readonly id: number;
  readonly subject: DeletionSubject;
  readonly by: string | null;
  /** UTC ms. */
  readonly askedAt: number;
  /** When it is done without anybody; null: never. */
  readonly dueAt: number | null;
  /** Another admin may have it done at once. */
  readonly confirmable: boolean;
}

export interface DeletionRules {
  /** 0: no delay. */
  readonly delayMs: number;
  readonly secondAdmin: boolean;
}

export interface PendingDeletionsParts {
  readonly state: Pick<StateQueries, 'get' | 'set'>;
  readonly rules: DeletionRules;
  /** Does it, written down first. Resolves also where there is nothing left to delete. */
  readonly carryOut: (subject: DeletionSubject, by: DeletionActor, askedBy: string | null) => Promise<void>;
  readonly written: (entry: {
    readonly kind: string;
    readonly who: string | null;
    readonly from: string | null;
    readonly camera?: CameraId;
    readonly detail: Readonly<Record<string, string | number>>;
  }) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Kept {
  readonly next: number;
  readonly pending: readonly PendingDeletion[];
}

const key = 'deletions';
const maxPending = 1000;
const everyMs = 60_000;
const nobody: DeletionActor = { who: null, from: null };

export class PendingDeletions implements AsyncDisposable {
  readonly #parts: PendingDeletionsParts;
  readonly #timer: NodeJS.Timeout;
  /** One change at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: PendingDeletionsParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      this.runDue().catch((error: unknown) => parts.log.error(describeError(error), 'pending deletions not looked at'));
    }, everyMs);
    this.#timer.unref();
  }

  /** Undefined where nothing makes it wait: the caller deletes at once. @throws Problem deletion/too-many (409) */
  async ask(subject: DeletionSubject, by: DeletionActor): Promise<PendingDeletion | undefined> {
    const { rules, clock, written } = this.#parts;
    if (rules.delayMs === 0 && !rules.secondAdmin) return undefined;
    return await this.#alone(async ({ next, pending }) => {
      const same = pending.find((one) => sameSubject(one.subject, subject));
      if (same !== undefined) return { answer: same };
      if (pending.length >= maxPending)
        throw new Problem('deletion/too-many', 'too many deletions wait already', { status: 409 });
      const askedAt = clock.now();
      const asked: PendingDeletion = {
        ...{ id: next, subject, by: by.who, askedAt, confirmable: rules.secondAdmin },
        dueAt: rules.delayMs === 0 ? null : askedAt + rules.delayMs,
      };
      await written({ kind: 'deletion.asked', ...by, ...about(asked) });
      return { answer: asked, kept: { next: next + 1, pending: [...pending, asked] } };
    });
  }

  /** Oldest first. */
  async list(): Promise<readonly PendingDeletion[]> {
    return (await this.#kept()).pending;
  }

  /** @throws Problem deletion/unknown (404) */
  async cancel(id: number, by: DeletionActor): Promise<void> {
    await this.#alone(async ({ next, pending }) => {
      const found = pendingOf(pending, id);
      await this.#parts.written({ kind: 'deletion.cancelled', ...by, ...about(found) });
      return { answer: undefined, kept: { next, pending: pending.filter((one) => one !== found) } };
    });
  }

  /** Done now. @throws Problem deletion/unknown (404), deletion/own (403), deletion/waits (409), and what deleting throws */
  async confirm(id: number, by: DeletionActor): Promise<void> {
    await this.#alone(async ({ next, pending }) => {
      const found = pendingOf(pending, id);
      if (!found.confirmable)
        throw new Problem('deletion/waits', 'nobody can hurry this deletion: it waits for its time', { status: 409 });
      if (found.by === by.who)
        throw new Problem('deletion/own', 'who asked for a deletion cannot be the one who agrees to it', {
          status: 403,
          hint: 'another admin has to confirm it',
        });
      await this.#parts.carryOut(found.subject, by, found.by);
      return { answer: undefined, kept: { next, pending: pending.filter((one) => one !== found) } };
    });
  }

  /** Does what is due. One that can't be done now (a legal hold, a locked key) stays, and is tried again. */
  async runDue(): Promise<void> {
    await this.#alone(async ({ next, pending }) => {
      const left: PendingDeletion[] = [];
      for (const one of pending) {
        if (one.dueAt === null || one.dueAt > this.#parts.clock.now()) left.push(one);
        else {
          try {
            await this.#parts.carryOut(one.subject, nobody, one.by);
          } catch (error) {
            this.#parts.log.warn({ deletion: one.id, ...describeError(error) }, 'pending deletion not done');
            left.push(one);
          }
        }
      }
      return left.length === pending.length
        ? { answer: undefined }
        : { answer: undefined, kept: { next, pending: left } };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn;
  }

  async #alone<T>(change: (kept: Kept) => Promise<{ readonly answer: T; readonly kept?: Kept }>): Promise<T> {
    const turn = this.#turn.then(async () => {
      const { answer, kept } = await change(await this.#kept());
      if (kept !== undefined) await this.#parts.state.set(key, JSON.stringify(kept));
      return answer;
    });
    this.#turn = turn.catch(() => {});
    return await turn;
  }

  async #kept(): Promise<Kept> {
    const text = await this.#parts.state.get(key);
    return text === undefined ? { next: 1, pending: [] } : (JSON.parse(text) as Kept);
  }
}

function pendingOf(pending: readonly PendingDeletion[], id: number): PendingDeletion {
  const found = pending.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new Problem('deletion/unknown', 'there is no such pending deletion', { status: 404 });
}

function sameSubject(a: DeletionSubject, b: DeletionSubject): boolean {
  return a.kind === 'recording'
    ? b.kind === 'recording' && a.recording === b.recording
    : b.kind === 'day' && a.date === b.date;
}

function about({ id, subject }: PendingDeletion): {
  readonly camera?: CameraId;
  readonly detail: Readonly<Record<string, string | number>>;
} {
  if (subject.kind === 'day') return { detail: { deletion: id, date: subject.date } };
  return { camera: subject.camera, detail: { deletion: id, recording: subject.recording } };
}
