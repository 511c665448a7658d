/**
 * The model's processes as one service for all cameras. Each camera has room for its newest frame only: when the
 * machine can't keep up, old frames are dropped and counted, and cameras take turns.
 */
import { availableParallelism } from 'node:os';
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import { describeError } from '../base/problem.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Detection } from './detection.ts';
import type { PictureForModel } from './model-child.ts';
import { ModelChild } from './model-child.ts';
import { detectionProblem } from './problems.ts';

export interface DetectorOptions {
  /** An ONNX file; `NAME.json` beside it may say what the file doesn't. */
  readonly modelFile: string;
  /** Of each process; default 1. Two processes of one thread do more than one of two. */
  readonly threads?: number;
  /** Execution providers of onnxruntime, in the order of preference. Default `cpu`. */
  readonly providers?: readonly string[];
  /** Processes. Default: one less than the machine has cores, at least one. */
  readonly children?: number;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
  /** A process that gives no answer for so long is ended. Default 10 s. */
  readonly hangMs?: number;
  /** Wait before the first restart of a process; doubles up to half a minute. Default 500 ms. */
  readonly restartMs?: number;
  /** Another program instead of the model's process, for tests. */
  readonly script?: string;
}

export type DetectorState =
  | { readonly kind: 'preparing' }
  | { readonly kind: 'ready'; readonly loadMs: number }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string };

export interface DetectorStats {
  /** Frames that the model has looked at. */
  readonly frames: number;
  /** Frames that a newer one of the same camera replaced, or for which there was no model. */
  readonly dropped: number;
  /** Of the last frame, from its arrival in the process to its boxes. */
  readonly frameMs: number;
  readonly restarts: number;
}

export interface Detector extends AsyncDisposable {
  readonly state: DetectorState;
  readonly stats: DetectorStats;
  /** Resolves when the first process is ready; rejects with a Problem when `signal` aborts or the detector stops. */
  whenReady(signal: AbortSignal): Promise<void>;
  /**
   * What is on the frame, best first, from `lowestConfidence` on. `dropped` when a newer frame of this camera came, or
   * no process is there to look. Never rejects. The frame mustn't be written to until then.
   */
  detect(camera: string, frame: PictureForModel): Promise<readonly Detection[] | 'dropped'>;
}

/** Starts the processes and returns at once; the state says when they are ready. */
export function startDetector(options: DetectorOptions, signal: AbortSignal): Detector {
  return new ChildDetector(options, signal);
}

interface Waiting {
  readonly picture: PictureForModel;
  readonly settle: (found: readonly Detection[] | 'dropped') => void;
}

interface Place {
  child: ModelChild | undefined;
  timer: NodeJS.Timeout | undefined;
  readonly backoff: Backoff;
}

class ChildDetector implements Detector {
  readonly #options: DetectorOptions;
  readonly #places: Place[];
  /** In the order of their turns. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #readyWaiters = new Set<() => void>();
  #state: DetectorState = { kind: 'preparing' };
  #stats: DetectorStats = { frames: 0, dropped: 0, frameMs: 0, restarts: 0 };
  #stopped = false;

  constructor(options: DetectorOptions, signal: AbortSignal) {
    this.#options = options;
    const count = options.children ?? Math.max(1, availableParallelism() - 1);
    this.#places = Array.from({ length: count }, () => ({
      child: undefined,
      timer: undefined,
      backoff: new Backoff(options.restartMs ?? 500, 30_000),
    }));
    if (signal.aborted) this.#stopped = true;
    signal.addEventListener('abort', () => void this[Symbol.asyncDispose](), { once: true });
    for (const place of this.#places) this.#start(place);
  }

  get state(): DetectorState {
    return this.#state;
  }

  get stats(): DetectorStats {
    return this.#stats;
  }

  async whenReady(signal: AbortSignal): Promise<void> {
    while (this.#state.kind !== 'ready') {
      if (this.#stopped || signal.aborted) throw detectionProblem('stopped', 'the detector is not ready');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#readyWaiters.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      this.#readyWaiters.delete(resolve);
    }
  }

  detect(camera: string, picture: PictureForModel): Promise<readonly Detection[] | 'dropped'> {
    const { promise, resolve } = Promise.withResolvers<readonly Detection[] | 'dropped'>();
    const older = this.#waiting.get(camera);
    if (this.#state.kind !== 'ready' || this.#stopped) {
      this.#drop(resolve);
      return promise;
    }
    // Setting a key that is there keeps its turn.
    this.#waiting.set(camera, { picture, settle: resolve });
    if (older !== undefined) this.#drop(older.settle);
    this.#serve();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    const problem = detectionProblem('stopped', 'the detector was stopped');
    for (const place of this.#places) {
      clearTimeout(place.timer);
      place.child?.stop(problem);
    }
    this.#dropAll();
    for (const wake of this.#readyWaiters) wake();
    await Promise.all(this.#places.map((place) => place.child?.ended));
  }

  #start(place: Place): void {
    if (this.#stopped) return;
    const { log, modelFile, threads = 1, providers = ['cpu'], sandbox, clock, hangMs = 10_000, script } = this.#options;
    const options = {
      modelFile,
      threads,
      providers,
      sandbox,
      clock,
      hangMs,
      ...(script === undefined ? {} : { script }),
    };
    place.child = new ModelChild(options, {
      onReady: ({ loadMs, frameMs }) => {
        log.info({ loadMs: Math.round(loadMs), frameMs: Math.round(frameMs) }, 'model ready');
        this.#state = { kind: 'ready', loadMs };
        for (const wake of this.#readyWaiters) wake();
        this.#serve();
      },
      onIdle: (frameMs) => {
        place.backoff.reset();
        this.#stats = { ...this.#stats, frames: this.#stats.frames + 1, frameMs };
        this.#serve();
      },
      onEnd: (problem) => this.#restart(place, problem),
    });
  }

  #restart(place: Place, problem: Problem): void {
    place.child = undefined;
    if (this.#stopped) return;
    const waitMs = place.backoff.nextMs();
    this.#options.log.warn({ ...describeError(problem), waitMs }, 'model process ended');
    if (this.#places.every((other) => other.child === undefined)) {
      this.#state = { kind: 'failed', code: problem.code, detail: problem.detail };
      this.#dropAll();
    }
    this.#stats = { ...this.#stats, restarts: this.#stats.restarts + 1 };
    place.timer = setTimeout(() => this.#start(place), waitMs);
  }

  /** Hands waiting frames to processes with room, the least busy first. */
  #serve(): void {
    while (this.#waiting.size > 0) {
      let best: ModelChild | undefined;
      for (const { child } of this.#places)
        if (child?.hasRoom === true && (best === undefined || child.load < best.load)) best = child;
      if (best === undefined) return;
      const [camera, { picture, settle }] = this.#waiting.entries().next().value!;
      this.#waiting.delete(camera);
      best.detect(picture, (found) => (found === 'dropped' ? this.#drop(settle) : settle(found)));
    }
  }

  #drop(settle: (found: 'dropped') => void): void {
    this.#stats = { ...this.#stats, dropped: this.#stats.dropped + 1 };
    settle('dropped');
  }

  #dropAll(): void {
    for (const { settle } of this.#waiting.values()) this.#drop(settle);
    this.#waiting.clear();
  }
}
