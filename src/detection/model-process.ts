/**
 * The process in which the model runs, one frame after another. A native crash, a hostile model file or an endless
 * inference stay in here, without keys, network or a way to write files. Ends when its stdin does.
 */
import { readFile, stat } from 'node:fs/promises';
import { describeError, Problem } from '../base/problem.ts';
import { Model } from './model.ts';
import type { Answer } from './model-wire.ts';
import { answerLine, readWire } from './model-wire.ts';
import { detectionProblem } from './problems.ts';

const maxModelBytes = 256 * 1024 * 1024;
const warmUp = { width: 640, height: 360 };

async function loadModel(file: string): Promise<Model> {
  let bytes: Uint8Array;
  try {
    if ((await stat(file)).size > maxModelBytes) throw new RangeError('too large');
    bytes = await readFile(file);
  } catch (cause) {
    throw detectionProblem('modelUnreadable', 'the model file can not be read', { cause });
  }
  return await Model.load(bytes);
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
