/**
 * When a camera is recorded: a state machine over its samples and its triggers. A trigger (an event, a person's wish,
 * "always") begins a clip with what the ring holds of the time before; when the last trigger is gone, the clip goes on for the
 * post-buffer, within which another trigger prolongs it. Long clips are cut at a keyframe, without a gap.
 *
 *     idle ─trigger→ recording ─last trigger gone→ closing ─post-buffer over→ idle
 *       └─(no keyframe yet)→ awaiting ──keyframe──┘        └─trigger→ recording
 *
 * Times are those of the samples. A stream that stops sending can't say that the post-buffer is over: `tick` does, by the
 * monotonic clock, for the wall clock may be set meanwhile.
 */
import type { Clock } from '../base/clock.ts';
import type { Sample } from '../media/sample.ts';
import type { GopRing } from '../streams/gop-ring.ts';
import type { StreamReader } from '../streams/stream.ts';

/** A file being written. Neither call throws nor waits; what goes wrong is reported through `failed`. */
export interface OpenClip {
  write(sample: Sample): void;
  finish(): void;
  /** Writing went wrong; nothing more is taken. */
  readonly failed: boolean;
}

export interface RecorderOptions {
  readonly ring: GopRing;
  readonly open: (first: Sample) => OpenClip;
  readonly preBufferMs: number;
  readonly postBufferMs: number;
  readonly maxClipMs: number;
  readonly clock: Clock;
}

type State =
  | { readonly kind: 'idle' }
  /** Triggered, but there is no keyframe to begin with. */
  | { readonly kind: 'awaiting'; readonly until: number }
  | { readonly kind: 'recording'; readonly clip: OpenClip; readonly startedAt: number }
  /** No trigger is left; recorded on until `until` (UTC ms of a sample), at the latest until `endMs` (monotonic). */
  | {
      readonly kind: 'closing';
      readonly clip: OpenClip;
      readonly startedAt: number;
      readonly until: number;
      readonly endMs: number;
    };

/**
 * After a failed write (a full disk) the next try is made this much later; twice as much after each further failure up
 * to a minute, for every try costs a row, a file and a line in the log.
 */
const retryMs = 5000;
const longestRetryMs = 60_000;
/**
 * A camera whose times jump this soon after a clip began, or after they last did, stays in the same clip, for its times are
 * bridged where they come in: one that jumps with every picture would otherwise make hundreds of clips of one.
 */
const soonMs = 10_000;
/** After a longer gap another clip begins all the same. */
const shortGapMs = 1000;
/** Samples whose wall clock moved by so much more or less than their own times: somebody set it. Another clip begins. */
const clockSetMs = 5000;
/** A camera that sent nothing for so long gets its clip finished: an open file is one that a crash can tear. */
const silentMs = 10_000;

export class Recorder implements StreamReader {
  readonly #options: RecorderOptions;
  readonly #triggers = new Set<string>();
  #state: State = { kind: 'idle' };
  #lastWritten: Sample | undefined;
  /** The newest picture that came for a clip, written or waiting for a keyframe. */
  #lastPicture: Sample | undefined;
  /** Of the newest written picture. */
  #lastFormat: Sample['format'] | undefined;
  /** Monotonic ms of the newest clip's beginning. */
  #openedMs = 0;
  /** Monotonic ms of the newest written sample, and of the newest jump. */
  #writtenMs = 0;
  #jumpedMs = Number.NEGATIVE_INFINITY;
  /** After a jump pictures can be decoded from the next keyframe on only. */
  #awaitsKeyframe = false;
  /** Monotonic ms. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #retryMs = retryMs;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Something is to be recorded and is not. */
  get missing(): boolean {
    return this.#triggers.size > 0 && (!this.recording || this.#failed());
  }

  get recording(): boolean {
    return this.#state.kind === 'recording' || this.#state.kind === 'closing';
  }

  /**
   * Something worth recording began.
   * @param key tells this trigger from others, for `release`
   * @param at UTC ms of the sample it began with
   */
  trigger(key: string, at: number): void {
    this.#triggers.add(key);
    const state = this.#state;
    switch (state.kind) {
      case 'recording':
        return;
      case 'closing':
        this.#state = { kind: 'recording', clip: state.clip, startedAt: state.startedAt };
        return;
      case 'idle':
      case 'awaiting':
        this.#begin(at);
        return;
      default:
        state satisfies never;
    }
  }

  /** The trigger is gone; `at` (UTC ms) is when it was last true. */
  release(key: string, at: number): void {
    if (!this.#triggers.delete(key) || this.#triggers.size > 0) return;
    const until = at + this.#options.postBufferMs;
    const state = this.#state;
    if (state.kind === 'recording') {
      this.#state = { kind: 'closing', clip: state.clip, startedAt: state.startedAt, until, endMs: this.#endMs(until) };
    } else if (state.kind === 'awaiting') {
      this.#state = { kind: 'awaiting', until };
    }
  }

  // hot
  sample(sample: Sample): void {
    const state = this.#state;
    switch (state.kind) {
      case 'idle':
        return;
      case 'awaiting':
        if (sample.at > state.until) this.#state = { kind: 'idle' };
        else if (sample.keyframe && sample.format.kind === 'video') this.#open([sample], state.until);
        return;
      case 'recording':
        if (this.#mustCut(sample, state)) this.#cut(state.clip, sample);
        else this.#write(state.clip, sample);
        return;
      case 'closing':
        // The wall clock was set back: the post-buffer is not to last until it is that late again.
        if (sample.at + this.#options.postBufferMs < state.until) {
          const until = sample.at + this.#options.postBufferMs;
          this.#state = { ...state, until };
          this.#write(state.clip, sample);
        } else if (sample.at > state.until) this.#close(state.clip);
        else if (this.#mustCut(sample, state)) this.#cut(state.clip, sample, state.until);
        else this.#write(state.clip, sample);
        return;
      default:
        state satisfies never;
    }
  }

  /** Called about once a second: ends what no sample will end, and tries again after a failure. */
  tick(): void {
    const now = this.#options.clock.now();
    const state = this.#state;
    const nowMs = this.#options.clock.monotonicMs();
    if (state.kind === 'closing' && nowMs > state.endMs) this.#close(state.clip);
    else if (state.kind === 'awaiting' && now > state.until + 2000) this.#state = { kind: 'idle' };
    else if ((state.kind === 'recording' || state.kind === 'closing') && state.clip.failed) {
      this.#close(state.clip);
      this.#notBefore = nowMs + this.#retryMs;
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
    } else if (state.kind === 'recording' && nowMs - this.#writtenMs > silentMs) {
      state.clip.finish();
      this.#state = { kind: 'awaiting', until: Number.POSITIVE_INFINITY };
    } else if (state.kind === 'idle' && this.#triggers.size > 0) {
      this.#begin(now);
    }
  }

  /** Finishes what is open; the recorder takes triggers again afterwards. */
  stop(): void {
    this.#triggers.clear();
    const state = this.#state;
    if (state.kind === 'recording' || state.kind === 'closing') this.#close(state.clip);
    this.#state = { kind: 'idle' };
  }

  #begin(at: number): void {
    if (this.#options.clock.monotonicMs() < this.#notBefore) return;
    const past = this.#fresh(this.#options.ring.since(at - this.#options.preBufferMs));
    if (past.length > 0) this.#open(past);
    else this.#state = { kind: 'awaiting', until: Number.POSITIVE_INFINITY };
  }

  /** What of `samples` is in no clip yet, from a keyframe on: clips of one camera never overlap. */
  #fresh(samples: readonly Sample[]): readonly Sample[] {
    const written = this.#lastWritten === undefined ? -1 : samples.indexOf(this.#lastWritten);
    for (let i = written + 1; i < samples.length; i++) {
      const sample = samples[i]!;
      if (sample.keyframe && sample.format.kind === 'video') return samples.slice(i);
    }
    return [];
  }

  /** @param until end of a post-buffer that already runs, UTC ms */
  #open(samples: readonly Sample[], until = Number.POSITIVE_INFINITY): void {
    const first = samples[0]!;
    const clip = this.#options.open(first);
    this.#openedMs = this.#options.clock.monotonicMs();
    this.#awaitsKeyframe = false;
    this.#state =
      until === Number.POSITIVE_INFINITY
        ? { kind: 'recording', clip, startedAt: first.at }
        : { kind: 'closing', clip, startedAt: first.at, until, endMs: this.#endMs(until) };
    for (const sample of samples) this.#write(clip, sample);
  }

  #write(clip: OpenClip, sample: Sample): void {
    if (sample.format.kind === 'video') {
      this.#lastPicture = sample;
      if (sample.discontinuity || sample.keyframe) this.#awaitsKeyframe = !sample.keyframe;
      if (this.#awaitsKeyframe) return;
    }
    clip.write(sample);
    this.#lastWritten = sample;
    this.#writtenMs = this.#options.clock.monotonicMs();
    if (sample.format.kind === 'video') this.#lastFormat = sample.format;
  }

  #failed(): boolean {
    const state = this.#state;
    return (state.kind === 'recording' || state.kind === 'closing') && state.clip.failed;
  }

  #close(clip: OpenClip): void {
    if (!clip.failed) this.#retryMs = retryMs;
    clip.finish();
    this.#state = { kind: 'idle' };
  }

  #mustCut(sample: Sample, state: { readonly startedAt: number }): boolean {
    if (sample.format.kind !== 'video') return false;
    const formatChanged = this.#lastFormat !== undefined && this.#lastFormat !== sample.format;
    if (sample.discontinuity && (formatChanged || !this.#goesOn(sample))) return true;
    if (!sample.keyframe) return false;
    if (formatChanged || sample.at - state.startedAt >= this.#options.maxClipMs) return true;
    // By our own clock too: set back by a day, the other one would let a clip grow for a day more.
    const openMs = this.#options.clock.monotonicMs() - this.#openedMs;
    return openMs >= this.#options.maxClipMs || (openMs >= soonMs && this.#clockWasSet(sample));
  }

  /** Is the jump so soon after the beginning, and so well bridged, that the clip goes on? */
  #goesOn(sample: Sample): boolean {
    const last = this.#lastPicture;
    if (last === undefined) return false;
    const nowMs = this.#options.clock.monotonicMs();
    const quietMs = nowMs - Math.max(this.#openedMs, this.#jumpedMs);
    this.#jumpedMs = nowMs;
    if (quietMs >= soonMs) return false;
    const gapMs = ((sample.dtsTicks - last.dtsTicks) * 1000) / sample.format.timeScale;
    return gapMs > 0 && gapMs < shortGapMs;
  }

  #clockWasSet(sample: Sample): boolean {
    const last = this.#lastPicture;
    if (last === undefined || last.format !== sample.format) return false;
    const gapMs = ((sample.dtsTicks - last.dtsTicks) * 1000) / sample.format.timeScale;
    return Math.abs(sample.at - last.at - gapMs) > clockSetMs;
  }

  /** When a post-buffer is over at the latest, with a moment for samples that are late. */
  #endMs(until: number): number {
    const { clock, postBufferMs } = this.#options;
    return clock.monotonicMs() + Math.min(Math.max(0, until - clock.now()), postBufferMs) + 2000;
  }

  /** Ends one clip and goes on in the next: at once where `sample` is a keyframe, else at the next one. */
  #cut(clip: OpenClip, sample: Sample, until = Number.POSITIVE_INFINITY): void {
    clip.finish();
    if (sample.keyframe && sample.format.kind === 'video') this.#open([sample], until);
    else this.#state = { kind: 'awaiting', until };
  }
}
