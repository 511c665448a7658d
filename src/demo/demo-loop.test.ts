import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../base/problem.ts';
import { encodeLoop } from './demo-loop.ts';

const size = { width: 64, height: 48, framesPerSecond: 5 };
const draw = (frame: number): Promise<Uint8Array> =>
  Promise.resolve(new Uint8Array(size.width * size.height * 3).fill(frame * 20));

describe('demo loop', () => {
  it('is one picture a frame, with a keyframe each second', async () => {
    const { format, pictures } = await encodeLoop({ ...size, frames: 10, draw }, AbortSignal.timeout(20_000));
    assert.deepEqual([format.width, format.height], [64, 48]);
    assert.deepEqual(
      pictures.map(({ keyframe }) => keyframe),
      [true, false, false, false, false, true, false, false, false, false],
    );
  });

  it('ends in a Problem when it is stopped while it encodes', async () => {
    const abort = new AbortController();
    const encoding = encodeLoop(
      {
        ...size,
        frames: 1000,
        draw: (frame) => {
          if (frame === 3) abort.abort();
          return draw(frame);
        },
      },
      abort.signal,
    );
    await assert.rejects(encoding, (error) => error instanceof Problem && error.code === 'demo/encoder');
  });
});
