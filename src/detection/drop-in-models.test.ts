/** Each layout of models that users bring, as small files made here; the runtime is the real one. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Detection } from './detection.ts';
import { startDetector } from './detector.ts';
import { onnxMetadata, parseNames } from './model/onnx-metadata.ts';
import type { Sidecar } from './model/sidecar.ts';
import { parseSidecar } from './model/sidecar.ts';
import { Model } from './model.ts';
import { onnxType } from './onnx-writer.ts';
import type { ConstantModelOptions, ConstantOutput } from './testing/constant-model.ts';
import { constantModel, rednessModel } from './testing/constant-model.ts';

/** The model's picture is 128 × 64: so many cells at strides 8, 16 and 32. */
const cells = 16 * 8 + 8 * 4 + 4 * 2;
/** Of the same proportions: nothing around it. */
const frame = { data: new Uint8Array(256 * 128 * 3), width: 256, height: 128 };
const load = (bytes: Uint8Array, sidecar: Sidecar = {}) =>
  Model.load(bytes, { sidecar, threads: 1, providers: ['cpu'] });

async function found(options: ConstantModelOptions, sidecar: Sidecar = {}): Promise<Detection[]> {
  const model = await load(constantModel(options), sidecar);
  return model.detect(frame.data, frame.width, frame.height);
}

function isNear(one: Detection | undefined, label: string, confidence: number, box: readonly number[]): void {
  assert.ok(one !== undefined, 'nothing was found');
  assert.equal(one.class, label);
  const numbers = [one.confidence, ...one.box];
  const wanted = [confidence, ...box];
  assert.ok(
    numbers.every((value, index) => Math.abs(value - wanted[index]!) < 1e-4),
    JSON.stringify(one),
  );
}

/** A quarter of the width and half of the height, in the middle. */
const middle = [0.375, 0.25, 0.25, 0.5] as const;

const yolov8: ConstantOutput = {
  name: 'output0',
  shape: [1, 84, cells],
  // Cell 5: centre 64,32, size 32,32; class 2 (car) at 0.7. Cell 6: the same box, weaker.
  values: Object.fromEntries(
    [5, 6].flatMap((cell, index) => [
      [cell, 64],
      [cells + cell, 32],
      [2 * cells + cell, 32],
      [3 * cells + cell, 32],
      [6 * cells + cell, 0.7 - index / 10],
    ]),
  ),
};

test('yolov8: channels first, centre and size, doubles removed', async () => {
  const boxes = await found({ outputs: [yolov8] });
  assert.equal(boxes.length, 1);
  isNear(boxes[0], 'car', 0.7, middle);
});

test('yolo-e2e: corners, score and class of each', async () => {
  const values = { 0: 48, 1: 16, 2: 80, 3: 48, 4: 0.9, 5: 0, 10: 0.05 };
  isNear((await found({ outputs: [{ name: 'output0', shape: [1, 300, 6], values }] }))[0], 'person', 0.9, middle);
});

test('yolox: places in cells of the grid, and pixels where it was exported decoded', async () => {
  // The cell of stride 16 in column 3, row 1, with its centre at 4, 2.
  const at = (16 * 8 + 8 + 3) * 85;
  const size = Math.log(2);
  const raw = { [at]: 1, [at + 1]: 1, [at + 2]: size, [at + 3]: size, [at + 4]: 0.8, [at + 5]: 0.5 };
  isNear(
    (await found({ outputs: [{ name: 'output', shape: [1, cells, 85], values: raw }] }))[0],
    'person',
    0.4,
    middle,
  );
  const decoded = { [at]: 64, [at + 1]: 32, [at + 2]: 32, [at + 3]: 32, [at + 4]: 0.8, [at + 5]: 0.5 };
  const outputs = [{ name: 'output', shape: [1, cells, 85], values: decoded }];
  isNear((await found({ outputs }, { decoded: true }))[0], 'person', 0.4, middle);
});

test('detr-pp: labels, boxes and scores, with the size as a second input', async () => {
  const outputs = [
    { name: 'labels', shape: [1, 3], values: { 1: 7 }, integers: true },
    { name: 'boxes', shape: [1, 3, 4], values: { 4: 48, 5: 16, 6: 80, 7: 48 } },
    { name: 'scores', shape: [1, 3], values: { 1: 0.6 } },
  ];
  isNear((await found({ outputs, sizes: true }))[0], 'truck', 0.6, middle);
});

test('detr-raw: logits by sigmoid, or by softmax where one class is "no object"', async () => {
  const boxes = { name: 'pred_boxes', shape: [1, 2, 4], values: { 4: 0.5, 5: 0.5, 6: 0.25, 7: 0.5 } };
  const quiet = Object.fromEntries(Array.from({ length: 160 }, (_, index) => [index, -9]));
  const sigmoid = { name: 'logits', shape: [1, 2, 80], values: { ...quiet, 80: 1 } };
  isNear((await found({ outputs: [sigmoid, boxes] }))[0], 'person', 1 / (1 + Math.exp(-1)), middle);
  // 92 classes by the numbers of the annotations, 1 is a person; the first query says "no object".
  const softmax = { name: 'logits', shape: [1, 2, 92], values: { 91: 12, 93: 12 } };
  const [one, ...others] = await found({ outputs: [softmax, boxes] });
  isNear(one, 'person', Math.exp(12) / (Math.exp(12) + 91), middle);
  assert.equal(others.length, 0);
});

test('takes channels last, bytes, and free sizes as well', async () => {
  isNear(
    (await found({ outputs: [yolov8], inputShape: [1, 64, 128, 3], inputType: onnxType.uint8 }))[0],
    'car',
    0.7,
    middle,
  );
  const free = { name: 'boxes', shape: [1, 1, 6], values: { 0: 240, 1: 96, 2: 400, 3: 288, 4: 0.9 } };
  const [one] = await found({ outputs: [free], inputShape: ['n', 3, 'h', 'w'] });
  // 640 × 384: a picture of 2:1 has 32 rows above and below.
  isNear(one, 'person', 0.9, [0.375, 0.2, 0.25, 0.6]);
});

test('shows the model the colours in the order and range that it wants', async () => {
  const red = frame.data.map((_, index) => (index % 3 === 0 ? 255 : 0));
  const confidence = async (input: NonNullable<Sidecar['input']>) => {
    const model = await load(rednessModel(), { input });
    return (await model.detect(red, frame.width, frame.height))[0]?.confidence;
  };
  assert.equal(await confidence({}), 1);
  assert.equal(await confidence({ color: 'bgr' }), undefined);
  assert.ok(Math.abs((await confidence({ scale: 1 / 510 }))! - 0.5) < 1e-4);
  assert.ok(Math.abs((await confidence({ mean: [0.2, 0, 0], std: [2, 1, 1] }))! - 0.4) < 1e-4);
});

test('takes the words of the classes from the file, or from beside it', async () => {
  const values = { 5: 64, [cells + 5]: 32, [2 * cells + 5]: 32, [3 * cells + 5]: 32, [5 * cells + 5]: 0.7 };
  const outputs = [{ name: 'output0', shape: [1, 6, cells], values }];
  const metadata = { names: `{0: 'hedgehog', 1: "o'possum"}` };
  isNear((await found({ outputs, metadata }))[0], "o'possum", 0.7, middle);
  isNear((await found({ outputs }, { labels: ['fox', 'badger'] }))[0], 'badger', 0.7, middle);
  isNear((await found({ outputs }, { classes: { vehicle: [1] } }))[0], 'vehicle', 0.7, middle);
  assert.deepEqual(await found({ outputs }, { classes: { person: [0] } }), []);
});

test('gives nothing for numbers that are none', async () => {
  const values = Object.fromEntries(
    [0, 1, 2, 3, 4].map((channel) => [channel * cells, [Number.NaN, Number.POSITIVE_INFINITY][channel % 2]!]),
  );
  for (const box of await found({ outputs: [{ ...yolov8, values }] })) assert.ok(box.box.every(Number.isFinite));
});

const refused = async (options: ConstantModelOptions, sidecar: Sidecar = {}): Promise<string> => {
  try {
    await found(options, sidecar);
  } catch (error) {
    assert.ok(error instanceof Problem && error.code === 'detection/model-unsupported', String(error));
    return error.detail;
  }
  return assert.fail('it was taken');
};

test('says what it found where it knows no such model', async () => {
  const output = (shape: number[]) => ({ outputs: [{ name: 'out', shape, values: {} }] });
  assert.match(await refused(output([1, 1000])), /outputs are out \[1, 1000\]; no decoder fits/);
  assert.match(await refused(output([1, 84, cells + 1])), new RegExp(`out \\[1, 84, ${cells + 1}\\].*${cells} cells`));
  assert.match(await refused(output([1, 10, cells])), /6 classes and no names/);
  assert.match(
    await refused({ ...output([1, 116, cells]), metadata: { names: "{0: 'person'}" } }),
    /112 classes for 1 labels/,
  );
  assert.match(await refused(output([1, cells, 6])), /several decoders: yolox, yolo-e2e/);
  assert.match(await refused({ outputs: [yolov8] }, { decoder: 'yolox' }), /don't fit the decoder yolox/);
  assert.match(
    await refused({ outputs: [yolov8], inputShape: [1, 1, 64, 128] }),
    /images float32 \[1, 1, 64, 128\]; 3 channels/,
  );
  assert.match(await refused({ outputs: [yolov8], inputShape: [8, 3, 64, 128] }), /a batch of 1/);
  assert.match(await refused({ outputs: [yolov8], inputShape: [1, 3, 8192, 128] }), /sides of 32 to 2048/);
  assert.match(
    await refused({ outputs: [yolov8], inputType: onnxType.float16 }),
    /float16.*float32 and uint8 are known/,
  );
  await assert.rejects(load(Buffer.from('no model')), { code: 'detection/model-unreadable' });
  const model = constantModel({ outputs: [yolov8] });
  await assert.rejects(Model.load(model, { sidecar: {}, threads: 1, providers: ['abacus'] }), /abacus: here are cpu/);
});

test('refuses a description with a key or value that it does not know, by its name', () => {
  const parse = (text: string) => () => parseSidecar(text);
  assert.throws(parse('{'), /it is not JSON/);
  assert.throws(parse('{"decodr": "yolox"}'), /decodr is not known; known are decoder/);
  assert.throws(parse('{"decoder": "yolo"}'), /decoder must be one of nanodet-heads, yolov8/);
  assert.throws(parse('{"input": {"std": [1, 0, 1]}}'), /input.std must be three numbers, none of them 0/);
  assert.throws(parse('{"classes": {"person": [-1]}}'), /classes must be/);
  assert.throws(parse('{"__proto__": {"decoder": "yolox"}}'), /__proto__ is not known/);
  assert.deepEqual(parseSidecar('{"decoder": "yolox", "input": {"color": "rgb"}}').decoder, 'yolox');
});

test('reads metadata of anything without failing', () => {
  assert.equal(onnxMetadata(constantModel({ outputs: [yolov8], metadata: { names: 'a' } })).get('names'), 'a');
  for (let length = 0; length < 200; length++) {
    onnxMetadata(new Uint8Array(length).fill(255));
    onnxMetadata(Uint8Array.from({ length }, (_, index) => (index * 37) & 255));
  }
  assert.deepEqual(
    [parseNames('{0: 1}'), parseNames('{1: "b"}'), parseNames('["a", "b"]'), parseNames('[1]')],
    [undefined, undefined, ['a', 'b'], undefined],
  );
});

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentrix-models-'));
});
after(() => rm(folder, { recursive: true }));

const sandbox: Sandbox = { kind: 'none', wrap: ({ command, args }) => ({ command, args }) };

test('runs in the process of its own, and the state says why it does not', async () => {
  const deps = { children: 1, sandbox, clock: systemClock, log: silentLog, restartMs: 60_000 };
  const good = join(folder, 'good.onnx');
  await writeFile(good, constantModel({ outputs: [yolov8] }));
  await writeFile(join(folder, 'good.json'), '{"classes": {"vehicle": [2]}}');
  {
    await using detector = startDetector({ ...deps, modelFile: good }, new AbortController().signal);
    await detector.whenReady(AbortSignal.timeout(30_000));
    const answer = await detector.detect('a', frame);
    assert.ok(answer !== 'dropped');
    isNear(answer[0], 'vehicle', 0.7, middle);
  }
  const bad = join(folder, 'bad.onnx');
  await writeFile(bad, constantModel({ outputs: [{ name: 'logits', shape: [1, 1000], values: {} }] }));
  await using detector = startDetector({ ...deps, modelFile: bad }, new AbortController().signal);
  const limit = AbortSignal.timeout(30_000);
  while (detector.state.kind === 'preparing' && !limit.aborted) await pause(20, limit);
  assert.ok(detector.state.kind === 'failed');
  assert.match(detector.state.detail, /its outputs are logits \[1, 1000\]/);
});
