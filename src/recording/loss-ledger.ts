/**
 * Writes down when a camera should have been there and wasn't, and why: no second is missing without a reason. Looks once a
 * second; a loss begins where the last picture was and ends with the next one. What a crash or a stop took is known by a
 * sign of life that is written every few seconds, and is open until the camera's first picture.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { LossQueries, LossReason } from '../catalog/losses.ts';
import type { StateQueries } from '../catalog/state.ts';

/** How a camera is at a moment: it gives, or it doesn't since then (UTC ms). */
export type Supply =
  | { readonly kind: 'given'; readonly since: number }
  | { readonly kind: 'missing'; readonly reason: LossReason; readonly since: number };

export interface LossLedgerParts {
  readonly losses: LossQueries;
  readonly state: Pick<StateQueries, 'get' | 'note'>;
  readonly clock: Clock;
  readonly log: Log;
}

const lifeKey = 'ledger life';
const lifeEveryMs = 2000;

interface OpenLoss {
  readonly id: number;
  readonly reason: LossReason;
  readonly startAt: number;
}

export class LossLedger {
  readonly #parts: LossLedgerParts;
  readonly #open = new Map<CameraId, OpenLoss>();
  /** Where each camera's newest loss ended. */
  readonly #ended = new Map<CameraId, number>();
  #lifeMs = Number.NEGATIVE_INFINITY;
  #working: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(parts: LossLedgerParts) {
    this.#parts = parts;
  }

  /** Since we were last alive, these cameras are missing; before anything else is written. */
  async begin(cameras: readonly CameraId[]): Promise<void> {
    const { losses, state, clock } = this.#parts;
    const life = parseLife(await state.get(lifeKey));
    const now = clock.now();
    const lastAlive = life === undefined ? undefined : Math.min(life.at, now);
    for (const left of await losses.open())
      await losses.end(left.id, Math.max(left.startAt, lastAlive ?? left.startAt));
    if (life === undefined || lastAlive === undefined) return;
    const reason: LossReason = life.stopped ? 'stopped' : 'crash';
    for (const camera of cameras) {
      // The sign of life is some seconds old: a loss may have ended after it.
      const ended = await losses.lastEnd(camera);
      if (ended !== undefined && ended <= now) this.#ended.set(camera, ended);
      await this.#begin(camera, reason, lastAlive);
    }
  }

  /** Is the last look still being written? */
  get busy(): boolean {
    return this.#busy;
  }

  /** To be called about once a second, with every camera that is configured. While the database is slow, it is left out. */
  observe(supplies: ReadonlyMap<CameraId, Supply>): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#working = this.#observe(supplies)
      .catch((error: unknown) => this.#parts.log.error(describeError(error), 'losses not written'))
      .finally(() => {
        this.#busy = false;
      });
  }

  /** We are about to stop, as somebody wished. */
  async stop(): Promise<void> {
    await this.#working;
    const now = this.#parts.clock.now();
    for (const [camera, { id }] of [...this.#open]) {
      await this.#parts.losses.end(id, now);
      this.#open.delete(camera);
    }
    await this.#parts.state.note(lifeKey, JSON.stringify({ at: now, stopped: true }));
  }

  async #observe(supplies: ReadonlyMap<CameraId, Supply>): Promise<void> {
    const { losses, state, clock } = this.#parts;
    for (const [camera, supply] of supplies) {
      const open = this.#open.get(camera);
      if (supply.kind === 'given') {
        if (open === undefined) continue;
        this.#open.delete(camera);
        await this.#end(camera, open, supply.since);
      } else if (open === undefined) await this.#begin(camera, supply.reason, supply.since);
      // While we were gone nobody knows better; the first picture ends that.
      else if (open.reason !== supply.reason && open.reason !== 'stopped' && open.reason !== 'crash') {
        // The old reason held when we looked last: there was no picture between.
        const turn = Math.max(open.startAt, clock.now());
        await this.#end(camera, open, turn);
        await this.#begin(camera, supply.reason, turn);
      }
    }
    for (const [camera, { id }] of [...this.#open]) {
      if (supplies.has(camera)) continue;
      this.#open.delete(camera);
      await losses.end(id, clock.now());
    }
    if (clock.monotonicMs() - this.#lifeMs < lifeEveryMs) return;
    this.#lifeMs = clock.monotonicMs();
    await state.note(lifeKey, JSON.stringify({ at: clock.now(), stopped: false }));
  }

  async #end(camera: CameraId, { id, startAt }: OpenLoss, endAt: number): Promise<void> {
    const at = Math.max(startAt, Math.round(endAt));
    this.#ended.set(camera, at);
    await this.#parts.losses.end(id, at);
  }

  async #begin(camera: CameraId, reason: LossReason, startAt: number): Promise<void> {
    // No second is missing twice.
    const at = Math.max(Math.round(startAt), this.#ended.get(camera) ?? Number.NEGATIVE_INFINITY);
    const id = await this.#parts.losses.begin({ camera, reason, startAt: at });
    this.#open.set(camera, { id, reason, startAt: at });
  }
}

function parseLife(text: string | undefined): { readonly at: number; readonly stopped: boolean } | undefined {
  if (text === undefined) return undefined;
  try {
    const { at, stopped } = JSON.parse(text) as { at?: unknown; stopped?: unknown };
    return typeof at === 'number' && Number.isFinite(at) ? { at, stopped: stopped === true } : undefined;
  } catch {
    return undefined;
  }
}
