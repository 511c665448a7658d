/**
 * The process in which the model runs, one frame after another. A native crash, a hostile model file or an endless
 * inference stay in here, without keys, network or a way to write files. Ends when its stdin does.
 */
import { readFile, stat } from 'node:fs/promises';
import { describeError, Problem } from '../base/problem.ts';
import { parseSidecar } from './model/sidecar.ts';
import { Model } from './model.ts';
import type { Answer, Hello } from './model-wire.ts';
import { answerLine, readWire, sidecarOf } from './model-wire.ts';
import { detectionProblem } from './problems.ts';

const maxModelBytes = 256 * 1024 * 1024;
const warmUp = { width: 640, height: 360 };

const maxSidecarBytes = 1024 * 1024;

async function loadModel(hello: string): Promise<Model> {
  const { modelFile, threads, providers } = JSON.parse(hello) as Hello;
  const bytes = await readBounded(modelFile, maxModelBytes);
  if (bytes === undefined) throw detectionProblem('modelUnreadable', 'the model file can not be read, or is too large');
  const beside = await readBounded(sidecarOf(modelFile), maxSidecarBytes);
  const sidecar = beside === undefined ? {} : parseSidecar(Buffer.from(beside).toString('utf8'));
  return await Model.load(bytes, { sidecar, threads, providers });
}

async function readBounded(file: string, limitBytes: number): Promise<Uint8Array | undefined> {
  try {
    return (await stat(file)).size > limitBytes ? undefined : await readFile(file);
  } catch {
    return undefined;
  }
}

/** `say` writes a line and waits while the pipe is full. */
async function serve(input: AsyncIterable<Uint8Array>, say: (answer: Answer) => Promise<void>): Promise<void> {
  let model: Model | undefined;
  for await (const part of readWire(input)) {
    const from = performance.now();
    if (typeof part === 'string') {
      model = await loadModel(part);
      const loaded = performance.now();
      // The first inference allocates everything and is the slowest; no camera should wait for it.
      await model.detect(new Uint8Array(warmUp.width * warmUp.height * 3), warmUp.width, warmUp.height);
      await say({ type: 'ready', loadMs: loaded - from, frameMs: performance.now() - loaded });
    } else if (model !== undefined) {
      const found = await model.detect(part.data, part.width, part.height);
      await say({ type: 'found', id: part.id, ms: performance.now() - from, found });
    }
  }
}

if (import.meta.main) {
  const { stdin, stdout } = process;
  const say = async (answer: Answer): Promise<void> => {
    if (!stdout.write(answerLine(answer))) await new Promise((resolve) => stdout.once('drain', resolve));
  };
  try {
    await serve(stdin, say);
  } catch (error) {
    const code = error instanceof Problem ? error.code : 'detection/child-crashed';
    const detail = error instanceof Problem ? error.detail : 'the model failed';
    process.stderr.write(`${JSON.stringify(describeError(error))}\n`);
    await say({ type: 'failed', code, detail });
    process.exitCode = 1;
    stdin.destroy();
  }
}
