/**
 * The moment that the timeline shows. All players of a page follow this one clock, so several cameras stay in step; a
 * player that has to load holds it, for a while.
 */
import type { ReadonlySignal } from '@preact/signals';
import { signal } from '@preact/signals';

export const rates = [0.5, 1, 2, 4, 8] as const;
export type Rate = (typeof rates)[number];

/** A player that takes longer than this is left behind rather than waited for. */
const longestHoldMs = 4000;

export class PlayClock {
  readonly #at = signal(0);
  readonly #playing = signal(false);
  readonly #rate = signal<Rate>(1);
  /** UTC ms. */
  readonly at: ReadonlySignal<number> = this.#at;
  readonly playing: ReadonlySignal<boolean> = this.#playing;
  readonly rate: ReadonlySignal<Rate> = this.#rate;
  readonly #holders = new Map<object, number>();
  /** Where time goes on from a moment; undefined at the end of what there is. */
  #next: (at: number) => number | undefined = (at) => at;
  #frame = 0;
  #last = 0;

  /** Gaps are jumped over by this. */
  follow(next: (at: number) => number | undefined): void {
    this.#next = next;
  }

  seek(at: number): void {
    this.#at.value = at;
  }

  setRate(rate: Rate): void {
    this.#rate.value = rate;
  }

  /** One step faster or slower. */
  shift(direction: -1 | 1): void {
    const index = rates.indexOf(this.#rate.value) + direction;
    this.#rate.value = rates[Math.min(Math.max(index, 0), rates.length - 1)]!;
  }

  play(): void {
    if (this.#playing.value) return;
    const next = this.#next(this.#at.value);
    if (next === undefined) return;
    this.#at.value = next;
    this.#playing.value = true;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#tick);
  }

  pause(): void {
    this.#playing.value = false;
    cancelAnimationFrame(this.#frame);
  }

  toggle(): void {
    if (this.#playing.value) this.pause();
    else this.play();
  }

  /** `who` has no picture of this moment yet, or has it now. */
  hold(who: object, holds: boolean): void {
    if (!holds) this.#holders.delete(who);
    else if (!this.#holders.has(who)) this.#holders.set(who, performance.now());
  }

  dispose(): void {
    this.pause();
    this.#holders.clear();
  }

  readonly #tick = (now: number): void => {
    if (!this.#playing.value) return;
    const passed = Math.min(250, now - this.#last);
    this.#last = now;
    const held = [...this.#holders.values()].some((since) => now - since < longestHoldMs);
    if (!held) {
      const at = this.#at.value + passed * this.#rate.value;
      const next = this.#next(at);
      if (next === undefined) {
        this.pause();
        return;
      }
      this.#at.value = next;
    }
    this.#frame = requestAnimationFrame(this.#tick);
  };
}
