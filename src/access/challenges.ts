/**
 * Challenges that browsers are to have signed by a passkey: random, good once and for five minutes, known to this
 * process alone. Bounded: where there are too many, the oldest go.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import type { Asked } from './webauthn/ceremonies.ts';

const waitsMs = 300_000;
const mostOpen = 1000;

export interface Challenge extends Asked {
  readonly purpose: 'make' | 'log in';
  /** Whose passkey it must be; anybody's where it names the account itself. */
  readonly accountId?: AccountId;
  /** Of a passkey that is being made. */
  readonly userHandle?: string;
}

export class Challenges {
  readonly #clock: Clock;
  readonly #open = new Map<string, { readonly asked: Challenge; readonly madeMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  make(wish: Omit<Challenge, 'challenge'>): Challenge {
    const asked = { ...wish, challenge: randomBytes(32) };
    this.#open.set(asked.challenge.toString('base64url'), { asked, madeMs: this.#clock.monotonicMs() });
    if (this.#open.size > mostOpen) this.#open.delete(this.#open.keys().next().value as string);
    return asked;
  }

  /** What was asked, and asks it no more. */
  take(challenge: string): Challenge | undefined {
    const found = this.#open.get(challenge);
    this.#open.delete(challenge);
    return found !== undefined && this.#clock.monotonicMs() - found.madeMs < waitsMs ? found.asked : undefined;
  }
}
