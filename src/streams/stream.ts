/**
 * One camera, living through reconnects. It takes samples from whatever source is attached, keeps the newest GOPs, and
 * hands every sample to its readers at once, in order. A reader is called synchronously and may neither throw nor wait: one
 * that can be slow (a browser, a disk) has a bounded queue of its own and drops to the next keyframe.
 *
 * A stream also notices by itself that nothing comes any more; it never trusts the other side, nor a child, to say so.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import { describeError } from '../base/problem.ts';
import type { AudioFormat, Sample, VideoFormat } from '../media/sample.ts';
import type { SenderReport } from '../rtp/rtcp.ts';
import type { StreamStateMessage } from '../wire/live.ts';
import { FrameRate } from './frame-rate.ts';
import { GopRing } from './gop-ring.ts';
import type { PacketRelay } from './packet-relay.ts';
import type { FailedState, StreamState } from './stream-state.ts';
import { failureKind } from './stream-state.ts';

export interface StreamReader {
  /** Hot: called for every sample. The sample's bytes may be kept, never written to. */
  sample(sample: Sample): void;
}

/** A connection that brings RTP: players get its packets. */
export interface PacketSource {
  readonly relay: PacketRelay;
  /** Of the sound that it brings; undefined where it brings none. */
  readonly audioFormat: AudioFormat | undefined;
  /** The newest packet of a track, for sender reports. */
  newest(track: number): SenderReport | undefined;
  close(reason: Problem): void;
}

export interface StreamOptions {
  readonly id: CameraId;
  /** How much of the past is kept, in ms. */
  readonly preBufferMs: number;
  readonly initial: 'connecting' | 'waiting' | 'disabled';
  readonly clock: Clock;
  readonly log: Log;
}

export interface StreamCounters {
  samples: number;
  bytes: number;
  damaged: number;
  /** Times that a source was attached after the first. */
  reconnects: number;
}

/** 64 MiB: 10 s at 50 Mbit/s, more than any camera of today sends. */
const ringBytes = 64 * 1024 * 1024;
/** A keyframe every 4 s at 12 Mbit/s, or every 10 s at 5. */
const gopBytes = 6 * 1024 * 1024;

export class Stream {
  readonly id: CameraId;
  readonly ring: GopRing;
  readonly counters: StreamCounters = { samples: 0, bytes: 0, damaged: 0, reconnects: -1 };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #readers = new Set<StreamReader>();
  readonly #listeners = new Set<(state: StreamState) => void>();
  readonly #rate = new FrameRate();
  #state: StreamState;
  #format: VideoFormat | undefined;
  /** Of a source that brings samples, not RTP. */
  #audioFormat: AudioFormat | undefined;
  #source: PacketSource | undefined;
  #lastSampleAt: number | null = null;
  #lastSampleMonotonicMs = 0;
  #jumped = false;

  constructor(options: StreamOptions) {
    this.id = options.id;
    this.#clock = options.clock;
    this.#log = options.log;
    this.ring = new GopRing({ spanMs: options.preBufferMs, maxBytes: ringBytes, maxGopBytes: gopBytes });
    this.#state = { kind: options.initial, since: options.clock.now() };
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Format of the newest video sample; undefined until one came. */
  get format(): VideoFormat | undefined {
    return this.#format;
  }

  /** Of the sound that comes beside the picture; undefined where none does. */
  get audioFormat(): AudioFormat | undefined {
    return this.#source === undefined ? this.#audioFormat : this.#source.audioFormat;
  }

  /** What brings RTP at the moment; undefined where nothing does, or samples come another way. */
  get source(): PacketSource | undefined {
    return this.#source;
  }

  /** Frames a second over the last few seconds; 0 when not live. */
  get framesPerSecond(): number {
    return this.#state.kind === 'live' ? this.#rate.perSecond() : 0;
  }

  /** Ms since the newest picture, by the monotonic clock; since the source was attached where none came yet. */
  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#lastSampleMonotonicMs;
  }

  subscribe(reader: StreamReader): () => void {
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
    };
  }

  onState(listener: (state: StreamState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A source is about to send: what it sends is not on one time line with what was before. */
  attached(source?: PacketSource): void {
    this.#source = source;
    this.#audioFormat = undefined;
    this.counters.reconnects++;
    this.#jumped = true;
    this.#lastSampleMonotonicMs = this.#clock.monotonicMs();
    this.#rate.reset();
  }

  /** That source brings nothing more. */
  detached(source: PacketSource): void {
    if (this.#source === source) this.#source = undefined;
  }

  // hot
  accept(sample: Sample): void {
    if (sample.format.kind === 'audio') {
      this.#acceptSound(sample);
      return;
    }
    const taken = this.#jumped && !sample.discontinuity ? { ...sample, discontinuity: true } : sample;
    this.#jumped = false;
    this.counters.samples++;
    this.counters.bytes += taken.data.length;
    if (taken.damaged) this.counters.damaged++;
    this.#lastSampleAt = taken.at;
    this.#lastSampleMonotonicMs = this.#clock.monotonicMs();
    this.#format = sample.format;
    this.#rate.count(this.#lastSampleMonotonicMs);
    this.ring.push(taken);
    if (this.#state.kind !== 'live') this.#enter({ kind: 'live', since: this.#clock.now() });
    for (const reader of this.#readers) reader.sample(taken);
  }

  /** Sound goes along with a picture: it alone makes no stream live, and there is none before the source's first picture. */
  #acceptSound(sample: Sample): void {
    if (sample.format.kind === 'audio') this.#audioFormat = sample.format;
    if (this.#jumped) return;
    this.counters.samples++;
    this.counters.bytes += sample.data.length;
    this.ring.push(sample);
    for (const reader of this.#readers) reader.sample(sample);
  }

  connecting(): void {
    // A camera that failed keeps saying so while the next try runs: "connecting" every few seconds tells nobody anything.
    if (this.#state.kind === 'live' || this.#state.kind === 'waiting') {
      this.#enter({ kind: 'connecting', since: this.#clock.now() });
    }
  }

  waiting(): void {
    this.#enter({ kind: 'waiting', since: this.#clock.now() });
  }

  /** @param retryAt UTC ms of the next try; null while waiting for the other side. */
  failed(problem: Problem, retryAt: number | null): void {
    const kind: FailedState['kind'] = failureKind(problem);
    const before = this.#state;
    const since = before.kind === kind ? before.since : this.#clock.now();
    if (before.kind !== kind) this.#log.warn({ state: kind, ...describeError(problem) }, 'stream failed');
    this.#enter({ kind, since, problem, retryAt });
  }

  /** The state as the dashboard gets it. */
  stateMessage(recording: boolean): StreamStateMessage {
    const state = this.#state;
    const problem = 'problem' in state ? state.problem : undefined;
    return {
      kind: state.kind,
      since: state.since,
      lastSampleAt: this.#lastSampleAt,
      detail: problem?.detail ?? null,
      code: problem?.code ?? null,
      retryAt: 'retryAt' in state ? state.retryAt : null,
      recording,
    };
  }

  #enter(state: StreamState): void {
    if (state.kind === 'live') this.#log.info({ was: this.#state.kind }, 'stream live');
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
