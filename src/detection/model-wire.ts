/**
 * What goes between the server and a model's process. In, on its stdin: the length (u32) and text of what to load (JSON:
 * path of the model's file, threads, providers), then frames: number, width, height (u32 each, little-endian) and RGB, height × width × 3. Out, on its stdout:
 * a JSON line for each answer. Neither side trusts the other.
 */
import type { Detection } from './detection.ts';

const headBytes = 12;
const maxSide = 4096;
const maxPathBytes = 8192;

/** Longest line of an answer: a hundred boxes are a tenth of it. */
export const maxAnswerLength = 64 * 1024;

export type Answer =
  | { readonly type: 'ready'; readonly loadMs: number; readonly frameMs: number }
  | { readonly type: 'failed'; readonly code: string; readonly detail: string }
  | { readonly type: 'found'; readonly id: number; readonly ms: number; readonly found: readonly Detection[] };

export interface WireFrame {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  /** Valid until the next one is read. */
  readonly data: Uint8Array;
}

/** What the process is to load, and how it is to run it. */
export interface Hello {
  readonly modelFile: string;
  readonly threads: number;
  /** Execution providers of onnxruntime. */
  readonly providers: readonly string[];
}

/** Where the description of a model stands: `NAME.json` beside `NAME.onnx`. */
export function sidecarOf(modelFile: string): string {
  return `${modelFile.replace(/\.onnx$/i, '')}.json`;
}

export function helloBytes(hello: Hello): Uint8Array {
  const path = Buffer.from(JSON.stringify(hello));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(path.length);
  return Buffer.concat([length, path]);
}

export function frameHead(id: number, width: number, height: number): Uint8Array {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(id);
  head.writeUInt32LE(width, 4);
  head.writeUInt32LE(height, 8);
  return head;
}

/** Yields the text of the hello first and frames after it. Throws a RangeError at what can't be either. */
export async function* readWire(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string | WireFrame, void, void> {
  const bytes = new Exactly(chunks[Symbol.asyncIterator]());
  const length = await bytes.take(new Uint8Array(4));
  if (length === undefined) return;
  const pathBytes = new DataView(length.buffer).getUint32(0, true);
  if (pathBytes === 0 || pathBytes > maxPathBytes) throw new RangeError('length of the hello');
  const path = await bytes.take(new Uint8Array(pathBytes));
  if (path === undefined) return;
  yield Buffer.from(path).toString('utf8');
  const head = new Uint8Array(headBytes);
  const view = new DataView(head.buffer);
  let body: Uint8Array = new Uint8Array(0);
  while ((await bytes.take(head)) !== undefined) {
    const [id, width, height] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
    if (width < 1 || height < 1 || width > maxSide || height > maxSide) throw new RangeError('size of the frame');
    if (body.length !== width * height * 3) body = new Uint8Array(width * height * 3);
    if ((await bytes.take(body)) === undefined) return;
    yield { id, width, height, data: body };
  }
}

class Exactly {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** Fills `target`; undefined when the input ended before. */
  async take(target: Uint8Array): Promise<Uint8Array | undefined> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) return undefined;
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return target;
  }
}

export function answerLine(answer: Answer): string {
  if (answer.type !== 'found') return `${JSON.stringify(answer)}\n`;
  const { found, ...rest } = answer;
  const round = (value: number) => Math.round(value * 1e5) / 1e5;
  const boxes = found.map((one) => [one.class, round(one.confidence), ...one.box.map(round)]);
  return `${JSON.stringify({ ...rest, found: boxes })}\n`;
}

/** The answer in a line, or undefined when it is none: a broken model may have taken its process over. */
export function parseAnswer(line: string): Answer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const answer = value as Readonly<Record<string, unknown>> & { readonly type?: unknown };
  const { type, loadMs, frameMs, code, detail, id, ms, found } = answer as Readonly<Record<string, unknown>> & {
    readonly [Key in 'type' | 'loadMs' | 'frameMs' | 'code' | 'detail' | 'id' | 'ms' | 'found']?: unknown;
  };
  if (type === 'ready' && isAmount(loadMs) && isAmount(frameMs)) return { type, loadMs, frameMs };
  if (type === 'failed' && typeof code === 'string' && typeof detail === 'string') return { type, code, detail };
  if (type !== 'found' || !Number.isSafeInteger(id) || !isAmount(ms) || !Array.isArray(found)) return undefined;
  const boxes = found.map(parseDetection);
  if (boxes.includes(undefined)) return undefined;
  return { type, id: id as number, ms, found: boxes as Detection[] };
}

function parseDetection(value: unknown): Detection | undefined {
  if (!Array.isArray(value) || value.length !== 6) return undefined;
  const [label, confidence, left, top, width, height] = value as readonly unknown[];
  if (typeof label !== 'string' || label.length > 64 || !isShare(confidence)) return undefined;
  if (!isShare(left) || !isShare(top) || !isShare(width) || !isShare(height)) return undefined;
  return { class: label, confidence, box: [left, top, width, height] };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function isShare(value: unknown): value is number {
  return isAmount(value) && value <= 1;
}
