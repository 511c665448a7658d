/** A source that is tried again and again: what is common to all that we go and fetch. */
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import type { Stream } from './stream.ts';
import { asProblem } from './stream-state.ts';

export const stallMs = 5000;
export const longestDelayMs = 6000;
/** From the beginning of an attempt to its first sample: another program starts, connects and looks around. */
const firstSampleMs = 12_000;

export interface AttemptOptions {
  readonly stream: Stream;
  /** First delay between tries, in ms. */
  readonly reconnectMs: number;
  readonly clock: Clock;
  /** One attempt: samples for the stream, until it is over for the reason that it resolves with. */
  readonly attempt: (stream: Stream, signal: AbortSignal) => Promise<Problem>;
}

/** Until `signal` aborts. */
export async function keepTrying({ stream, reconnectMs, clock, attempt }: AttemptOptions, signal: AbortSignal) {
  const backoff = new Backoff(Math.min(reconnectMs, longestDelayMs), longestDelayMs);
  while (!signal.aborted) {
    stream.connecting();
    stream.attached();
    const samplesBefore = stream.counters.samples;
    const end = new AbortController();
    const running = attempt(stream, AbortSignal.any([signal, end.signal])).catch(asProblem);
    const limitMs = (): number => (stream.counters.samples > samplesBefore ? stallMs : firstSampleMs);
    const problem = await Promise.race([running, stalled(stream, end.signal, limitMs)]);
    end.abort();
    await running;
    if (signal.aborted) return;
    if (stream.counters.samples > samplesBefore) backoff.reset();
    const delayMs = backoff.nextMs();
    stream.failed(problem, clock.now() + delayMs);
    await pause(delayMs, signal);
  }
}

/** Resolves when no sample came for `limitMs`, which is asked again and again. */
export async function stalled(
  stream: Stream,
  signal: AbortSignal,
  limitMs: () => number = () => stallMs,
): Promise<Problem> {
  while (!signal.aborted) {
    const limit = limitMs();
    const leftMs = limit - stream.silentMs;
    if (leftMs <= 0) {
      return new Problem('camera/stalled', `no picture for ${limit / 1000} s`, { status: 503 });
    }
    await pause(Math.min(leftMs + 20, stallMs), signal);
  }
  return new Problem('camera/closed', 'the connection was closed');
}
