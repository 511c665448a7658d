/**
 * Brings each new checkpoint to the witnesses. Of each only the newest waits; one that is slow or away is tried again, and holds
 * nothing up. What they have seen can't be taken back from here: that is what they are for.
 */
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import type { OfferedCheckpoint, WitnessPlace, WitnessWish } from './witness.ts';
import { witnessOf } from './witness.ts';

export interface WitnessState {
  readonly kind: WitnessWish['kind'];
  readonly target: string;
  /** `waiting`: it has not had the newest yet. */
  readonly state: 'current' | 'waiting' | 'failing';
  /** Entries of the newest checkpoint it has, and when it got that; null where it has none since the start. */
  readonly size: number | null;
  readonly at: number | null;
  readonly problem?: string;
}

export interface WitnessesDeps extends WitnessPlace {
  readonly witnesses: readonly WitnessWish[];
  readonly clock: Clock;
  readonly log: Log;
}

export class Witnesses {
  readonly #abort = new AbortController();
  readonly #lines: readonly Line[];

  constructor(deps: WitnessesDeps) {
    this.#lines = deps.witnesses.map((wish) => new Line(wish, deps, this.#abort.signal));
  }

  offer(checkpoint: OfferedCheckpoint): void {
    for (const line of this.#lines) line.offer(checkpoint);
  }

  states(): WitnessState[] {
    return this.#lines.map((line) => line.state());
  }

  /** Gives what waits `ms` to arrive, and ends. */
  async close(ms: number): Promise<void> {
    const until = AbortSignal.timeout(ms);
    for (const line of this.#lines) line.hurry();
    while (this.#lines.some((line) => line.isUnderWay()) && !until.aborted) await pause(10, until);
    this.#abort.abort();
    await Promise.all(this.#lines.map((line) => line.ended));
  }
}

/** One witness. */
class Line {
  readonly ended: Promise<void>;
  readonly #wish: WitnessWish;
  readonly #deps: WitnessesDeps;
  readonly #signal: AbortSignal;
  readonly #backoff = new Backoff(1000, 300_000);
  #next: OfferedCheckpoint | undefined;
  #taken: OfferedCheckpoint | undefined;
  #takenAt = 0;
  #problem: string | undefined;
  #wake = Promise.withResolvers<void>();
  #isHurried = false;

  constructor(wish: WitnessWish, deps: WitnessesDeps, signal: AbortSignal) {
    this.#wish = wish;
    this.#deps = deps;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake.resolve(), { once: true });
    this.ended = this.#run();
  }

  offer(checkpoint: OfferedCheckpoint): void {
    this.#next = checkpoint;
    this.#wake.resolve();
  }

  state(): WitnessState {
    const { kind, target } = this.#wish;
    const taken = this.#taken;
    const facts = { kind, target, size: taken?.size ?? null, at: taken === undefined ? null : this.#takenAt };
    if (this.#problem !== undefined) return { ...facts, state: 'failing', problem: this.#problem };
    return { ...facts, state: this.#next === undefined && taken !== undefined ? 'current' : 'waiting' };
  }

  /** The end is near: what it would have waited for isn't waited for. */
  hurry(): void {
    this.#isHurried = true;
    this.#wake.resolve();
  }

  isUnderWay(): boolean {
    return this.#next !== undefined && this.#problem === undefined;
  }

  async #run(): Promise<void> {
    const witness = witnessOf(this.#wish, this.#deps);
    const { clock, log } = this.#deps;
    while (!this.#signal.aborted) {
      const next = this.#next;
      if (next === undefined) {
        await this.#woken();
        continue;
      }
      const early = this.#taken === undefined ? 0 : this.#takenAt + witness.everyMs - clock.now();
      if (early > 0 && !this.#isHurried) {
        await Promise.race([this.#woken(), pause(Math.min(early, 60_000), this.#signal)]);
        continue;
      }
      try {
        await witness.take(next, this.#signal);
        this.#taken = next;
        this.#takenAt = clock.now();
        if (this.#next === next) this.#next = undefined;
        if (this.#problem !== undefined) log.info({ witness: this.#wish.kind }, 'witness reached again');
        this.#problem = undefined;
        this.#backoff.reset();
      } catch (error) {
        if (this.#signal.aborted) return;
        const level = error instanceof Problem && error.code === 'audit/witness-ahead' ? 'error' : 'warn';
        if (this.#problem === undefined)
          log[level]({ witness: this.#wish.kind, ...describeError(error) }, 'checkpoint not witnessed');
        this.#problem = error instanceof Problem ? error.detail : 'the witness failed';
        await pause(this.#backoff.nextMs(), this.#signal);
      }
    }
  }

  async #woken(): Promise<void> {
    await this.#wake.promise;
    if (!this.#signal.aborted) this.#wake = Promise.withResolvers();
  }
}
