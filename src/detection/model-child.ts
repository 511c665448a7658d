/** One model's process, seen from the server: starts it, hands it frames, and notices when it hangs or dies. */

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.ts';
import { installationFolder, isBuilt } from '../base/installation.ts';
import { Problem } from '../base/problem.ts';
import type { Sandbox, SandboxedChild } from '../decoder/sandbox.ts';
import { endSandboxed, startSandboxed } from '../decoder/sandbox.ts';
import type { Detection } from './detection.ts';
import type { Answer } from './model-wire.ts';
import { frameHead, helloBytes, maxAnswerLength, parseAnswer, sidecarOf } from './model-wire.ts';
import { detectionProblem } from './problems.ts';

/** One computes and one waits in the pipe, so that the process never waits for us. */
const maxInFlight = 2;
/** Loading took 0.2 s when measured, and a small board under load is thirty times slower. */
const loadLimitMs = 60_000;
const keptErrorLength = 2048;

export interface ModelChildOptions {
  readonly modelFile: string;
  readonly threads: number;
  readonly providers: readonly string[];
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** No answer for so long: it hangs. */
  readonly hangMs: number;
  /** The program of the process. Default: `model-process` beside this file. */
  readonly script?: string;
}

export interface PictureForModel {
  /** RGB, height × width × 3. Not written to until the answer is there. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface InFlight {
  readonly since: number;
  readonly settle: (found: readonly Detection[] | 'dropped') => void;
}

export interface ModelChildEvents {
  /** Loaded and warm. */
  onReady(ready: { readonly loadMs: number; readonly frameMs: number }): void;
  /** It can take another frame. */
  onIdle(frameMs: number): void;
  /** Called once, when the process is gone; frames under way have been settled as dropped. */
  onEnd(problem: Problem): void;
}

export class ModelChild {
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  readonly #options: ModelChildOptions;
  readonly #events: ModelChildEvents;
  readonly #child: SandboxedChild;
  readonly #startedAt: number;
  readonly #inFlight = new Map<number, InFlight>();
  readonly #watch: NodeJS.Timeout;
  #ready = false;
  #cause: Problem | undefined;
  #nextId = 1;
  #line = '';
  #errors = '';

  constructor(options: ModelChildOptions, events: ModelChildEvents) {
    this.#options = options;
    this.#events = events;
    this.#startedAt = options.clock.monotonicMs();
    const script = options.script ?? defaultScript();
    const child = startSandboxed(options.sandbox, {
      command: realpathSync(process.execPath),
      args: [script],
      readable: readableFor(script, options.modelFile),
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.stderr.setEncoding('latin1').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-keptErrorLength);
    });
    this.#watch = setInterval(() => this.#lookForHang(), Math.min(1000, options.hangMs / 4));
    this.ended = new Promise((resolve) => {
      child.once('error', (cause) => {
        this.#end(detectionProblem('childCrashed', 'the model process could not be started', { cause }));
        resolve();
      });
      child.once('close', (status, signal) => {
        const safe = { status, signal, stderr: this.#errors };
        this.#end(detectionProblem('childCrashed', 'the model process ended by itself', { safe }));
        resolve();
      });
    });
    const { modelFile, threads, providers } = options;
    child.stdin.write(helloBytes({ modelFile, threads, providers }));
  }

  get hasRoom(): boolean {
    return this.#ready && this.#cause === undefined && this.#inFlight.size < maxInFlight;
  }

  get load(): number {
    return this.#inFlight.size;
  }

  /** Only while `hasRoom`. Settles with what was found, or as dropped when the process ends before. */
  detect(picture: PictureForModel, settle: (found: readonly Detection[] | 'dropped') => void): void {
    const id = this.#nextId++;
    this.#inFlight.set(id, { since: this.#options.clock.monotonicMs(), settle });
    const { stdin } = this.#child;
    stdin.cork();
    stdin.write(frameHead(id, picture.width, picture.height));
    stdin.write(picture.data);
    stdin.uncork();
  }

  /** Ends the process; `ended` resolves when it is gone. */
  stop(problem: Problem): void {
    this.#cause ??= problem;
    this.#child.stdin.destroy();
    endSandboxed(this.#child);
  }

  #read(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop()!;
    for (const line of lines) {
      if (this.#cause !== undefined) return;
      const answer = parseAnswer(line);
      if (answer === undefined || !this.#take(answer))
        this.stop(detectionProblem('childCrashed', 'the model process gave a wrong answer'));
    }
    if (this.#line.length > maxAnswerLength)
      this.stop(detectionProblem('childCrashed', 'the model process gave a wrong answer'));
  }

  /** False when the answer fits no question. */
  #take(answer: Answer): boolean {
    switch (answer.type) {
      case 'ready':
        if (this.#ready) return false;
        this.#ready = true;
        this.#events.onReady(answer);
        return true;
      case 'failed':
        this.#cause = new Problem(answer.code, answer.detail, { status: 503, safe: { stderr: this.#errors } });
        return true;
      case 'found': {
        const asked = this.#inFlight.get(answer.id);
        if (asked === undefined) return false;
        this.#inFlight.delete(answer.id);
        asked.settle(answer.found);
        this.#events.onIdle(answer.ms);
        return true;
      }
      default:
        return answer satisfies never;
    }
  }

  #lookForHang(): void {
    const now = this.#options.clock.monotonicMs();
    const [oldest] = this.#inFlight.values();
    const hangs = this.#ready
      ? oldest !== undefined && now - oldest.since > this.#options.hangMs
      : now - this.#startedAt > Math.max(loadLimitMs, this.#options.hangMs);
    if (hangs) this.stop(detectionProblem('childHung', 'the model process gave no answer'));
  }

  #end(problem: Problem): void {
    clearInterval(this.#watch);
    const cause = this.#cause ?? problem;
    this.#cause = cause;
    for (const { settle } of this.#inFlight.values()) settle('dropped');
    this.#inFlight.clear();
    this.#events.onEnd(cause);
  }
}

/** The source as it is, or what the build made of it. */
function defaultScript(): string {
  const [folder, ending] = isBuilt() ? ['dist', 'js'] : ['src', 'ts'];
  return join(installationFolder(), folder, 'detection', `model-process.${ending}`);
}

/** What the process must read: Node, the program and the packages beside it, the model. */
function readableFor(script: string, modelFile: string): readonly string[] {
  const source = dirname(dirname(script));
  const root = dirname(source);
  const runtime = fileURLToPath(import.meta.resolve('onnxruntime-node'));
  const packages = runtime.slice(0, runtime.lastIndexOf('onnxruntime-node/'));
  const wanted = [
    dirname(realpathSync(process.execPath)),
    packages,
    source,
    join(root, 'node_modules'),
    join(root, 'package.json'),
    modelFile,
    sidecarOf(modelFile),
  ];
  return wanted.filter((path) => existsSync(path));
}
