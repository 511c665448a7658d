import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { subscribePreferred } from './preferred.ts';
import { Stream } from './stream.ts';

function stream(): Stream {
  return new Stream({
    id: 'door' as CameraId,
    preBufferMs: 0,
    initial: 'connecting',
    clock: { now: () => 0, monotonicMs: () => 0 },
    log: silentLog,
  });
}

const format = { kind: 'video', timeScale: 90_000 } as VideoFormat;
const sample = (dtsTicks: number): Sample => ({
  ...{ format, dtsTicks, ptsTicks: dtsTicks, at: 0, keyframe: true, damaged: false, discontinuity: false },
  data: new Uint8Array(1),
});

describe('a preferred stream', () => {
  it('is read while it is live, and the other one while it is not', () => {
    const [sub, main] = [stream(), stream()];
    const seen: number[] = [];
    const leave = subscribePreferred(sub, main, { sample: ({ dtsTicks }) => seen.push(dtsTicks) });
    main.accept(sample(1));
    sub.accept(sample(2));
    main.accept(sample(3));
    sub.failed(new Problem('camera/stalled', 'no picture'), null);
    main.accept(sample(4));
    sub.accept(sample(5));
    main.accept(sample(6));
    leave();
    sub.accept(sample(7));
    assert.deepEqual(seen, [1, 2, 4, 5]);
  });
});
