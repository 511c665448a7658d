/**
 * The model as a detector that may come later: a file of the user's at once, the built-in one when it is there: its weights are fetched by the set-up while the system already
 * runs, and converted when they are there. Until then every frame is "dropped" and the state says why.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import { prepareDefaultModel } from './default-model.ts';
import type { Detector, DetectorState, DetectorStats } from './detector.ts';
import { startDetector } from './detector.ts';

export interface DefaultDetectorOptions {
  /** Where the set-up puts the model's source files. */
  readonly sourceDir: string;
  /** Where the converted model is kept. */
  readonly modelDir: string;
  /** Another model, an ONNX file that the user has put somewhere. */
  readonly modelFile?: string;
  /** Processes; default: one less than the machine has cores, at least one. */
  readonly children?: number;
  readonly threads?: number;
  readonly providers?: readonly string[];
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DefaultDetector extends AsyncDisposable, Pick<Detector, 'detect'> {
  readonly state: DetectorState;
  readonly stats: DetectorStats;
}

/** 416 × 256 is measured best for pictures of 16:9. */
const size = { width: 416, height: 256 };
const lookEveryMs = 1000;

export function startDefaultDetector(options: DefaultDetectorOptions, signal: AbortSignal): DefaultDetector {
  return new LaterDetector(options, signal);
}

class LaterDetector implements DefaultDetector {
  readonly #options: DefaultDetectorOptions;
  readonly #abort = new AbortController();
  readonly #starting: Promise<void>;
  #detector: Detector | undefined;
  #failed: DetectorState | undefined;

  constructor(options: DefaultDetectorOptions, signal: AbortSignal) {
    this.#options = options;
    this.#starting = this.#start(AbortSignal.any([signal, this.#abort.signal]));
  }

  get state(): DetectorState {
    return this.#failed ?? this.#detector?.state ?? { kind: 'preparing' };
  }

  get stats(): DetectorStats {
    return this.#detector?.stats ?? { frames: 0, dropped: 0, frameMs: 0, restarts: 0 };
  }

  detect(...[camera, frame]: Parameters<Detector['detect']>): ReturnType<Detector['detect']> {
    return this.#detector?.detect(camera, frame) ?? Promise.resolve('dropped');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#starting;
    await this.#detector?.[Symbol.asyncDispose]();
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { sourceDir, modelDir, log, modelFile } = this.#options;
    if (modelFile !== undefined) {
      if (!signal.aborted) this.#detector = startDetector({ ...this.#options, modelFile }, signal);
      return;
    }
    const file = join(modelDir, `nanodet-${size.width}x${size.height}.onnx`);
    let told = false;
    while (!signal.aborted && !(await exists(file)) && !(await exists(join(sourceDir, 'nanodet.bin')))) {
      if (!told) log.info({}, 'detection waits for its model');
      told = true;
      await pause(lookEveryMs, signal);
    }
    if (signal.aborted) return;
    try {
      const { made } = await prepareDefaultModel({ sourceDir, file, ...size });
      if (made) log.info({ ...size }, 'model converted');
      if (signal.aborted) return;
      this.#detector = startDetector({ ...this.#options, modelFile: file }, signal);
    } catch (error) {
      const { code, detail } = describeError(error) as { code?: string; detail?: string };
      this.#failed = {
        kind: 'failed',
        code: code ?? 'detection/model',
        detail: detail ?? 'the built-in model could not be prepared',
      };
      log.error(describeError(error), 'detection is off');
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
