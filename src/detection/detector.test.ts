import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Detector } from './detector.ts';
import { startDetector } from './detector.ts';
import { detectionProblems } from './problems.ts';

const sandbox: Sandbox = { kind: 'none', wrap: ({ command, args }) => ({ command, args }) };
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentrix-detector-'));
});

after(() => rm(folder, { recursive: true }));

/** A model's process that does what `onFrame` says; `part.data[0]` is the frame's first byte. */
async function startFake(name: string, onFrame: string, changes: { hangMs?: number } = {}): Promise<Detector> {
  const script = join(folder, `${name}.ts`);
  const wire = new URL('model-wire.ts', import.meta.url).href;
  await writeFile(
    script,
    `import { answerLine, readWire } from '${wire}';
const say = (answer) => process.stdout.write(answerLine(answer));
for await (const part of readWire(process.stdin)) {
  if (typeof part === 'string') say({ type: 'ready', loadMs: 1, frameMs: 1 });
  else { ${onFrame} }
}`,
  );
  const options = { modelFile: 'model.onnx', children: 1, sandbox, clock: systemClock, log: silentLog, script };
  return startDetector({ ...options, restartMs: 1, ...changes }, new AbortController().signal);
}

const found = `say({ type: 'found', id: part.id, ms: 1, found: [{ class: String(part.data[0]), confidence: 0.5, box: [0, 0, 1, 1] }] });`;
const picture = (value: number) => ({ data: new Uint8Array(12).fill(value), width: 2, height: 2 });
const classOf = (result: Awaited<ReturnType<Detector['detect']>>) => (result === 'dropped' ? result : result[0]?.class);

test('answers each frame with what was found on it', async () => {
  await using detector = await startFake('plain', found);
  assert.equal(detector.state.kind, 'preparing');
  assert.equal(await detector.detect('a', picture(1)), 'dropped');
  await detector.whenReady(AbortSignal.timeout(5000));
  const results = await Promise.all(['a', 'b'].map((camera, index) => detector.detect(camera, picture(index + 7))));
  assert.deepEqual(results.map(classOf), ['7', '8']);
});

test('keeps the newest frame of each camera and lets cameras take turns', async () => {
  await using detector = await startFake('turns', found);
  await detector.whenReady(AbortSignal.timeout(5000));
  const order: string[] = [];
  const ask = async (camera: string, value: number) => {
    const result = classOf(await detector.detect(camera, picture(value)));
    order.push(`${camera}${value}:${result}`);
  };
  // Two are under way at once; the rest waits, one a camera.
  await Promise.all([ask('a', 1), ask('a', 2), ask('a', 3), ask('b', 4), ask('a', 5), ask('b', 6), ask('c', 7)]);
  assert.deepEqual(order, ['a3:dropped', 'b4:dropped', 'a1:1', 'a2:2', 'a5:5', 'b6:6', 'c7:7']);
  assert.equal(detector.stats.dropped, 2);
  assert.equal(detector.stats.frames, 5);
});

test('starts a process again that died, and drops the frame that was in it', async () => {
  await using detector = await startFake('dying', `if (part.data[0] === 9) process.exit(3); ${found}`);
  await detector.whenReady(AbortSignal.timeout(5000));
  assert.equal(await detector.detect('a', picture(9)), 'dropped');
  assert.equal(detector.state.kind, 'failed');
  await detector.whenReady(AbortSignal.timeout(5000));
  assert.equal(classOf(await detector.detect('a', picture(1))), '1');
  assert.equal(detector.stats.restarts, 1);
});

test('ends a process that hangs and one that answers nonsense', async () => {
  await using hanging = await startFake('hanging', 'for (;;);', { hangMs: 200 });
  await hanging.whenReady(AbortSignal.timeout(5000));
  assert.equal(await hanging.detect('a', picture(1)), 'dropped');
  assert.deepEqual(hanging.state, {
    kind: 'failed',
    code: detectionProblems.childHung,
    detail: 'the model process gave no answer',
  });
  await using nonsense = await startFake(
    'nonsense',
    `process.stdout.write('{"type":"found","id":1,"ms":1,"found":[7]}\\n');`,
  );
  await nonsense.whenReady(AbortSignal.timeout(5000));
  assert.equal(await nonsense.detect('a', picture(1)), 'dropped');
  assert.equal(nonsense.state.kind === 'failed' && nonsense.state.code, detectionProblems.childCrashed);
});

test('says why a model can not be loaded', async () => {
  const modelFile = join(folder, 'broken.onnx');
  await writeFile(modelFile, 'this is no model');
  const options = { modelFile, children: 1, sandbox, clock: systemClock, restartMs: 60_000 };
  const { promise, resolve } = Promise.withResolvers<void>();
  const log = { ...silentLog, warn: () => resolve() };
  await using detector = startDetector({ ...options, log }, new AbortController().signal);
  await promise;
  assert.equal(detector.state.kind === 'failed' && detector.state.code, detectionProblems.modelUnreadable);
});
