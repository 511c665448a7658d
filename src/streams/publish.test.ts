import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountId, CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import { PublishPath } from './publish.ts';
import { Stream } from './stream.ts';

const track: SdpTrack = {
  kind: 'video',
  encoding: 'H264',
  clockRate: 90_000,
  payloadType: 96,
  fmtp: {},
  control: 'trackID=0',
};
const [ann, bob] = [1, 2] as AccountId[];

function setUp() {
  const clock = { now: () => 0, monotonicMs: () => 0 };
  const stream = new Stream({
    id: 'door' as CameraId,
    preBufferMs: 1000,
    initial: 'waiting',
    clock,
    log: silentLog,
  });
  return { stream, path: new PublishPath({ stream, audio: false, clock, log: silentLog }) };
}

describe('a path to publish to', () => {
  it('takes one publisher, and another account is refused', () => {
    const { path } = setUp();
    path.publish(ann!, [track], () => assert.fail('kicked'));
    assert.throws(
      () => path.publish(bob!, [track], () => {}),
      (error: Problem) => error.code === 'stream/taken' && error.status === 409,
    );
    path.close();
  });

  it('is taken over by the same account, and the old connection does not end the new one', () => {
    const { stream, path } = setUp();
    const kicked: string[] = [];
    const first = path.publish(ann!, [track], (reason) => kicked.push(reason.code));
    path.publish(ann!, [track], () => assert.fail('kicked'));
    assert.deepEqual(kicked, ['stream/replaced']);
    first.closed();
    assert.equal(path.account, ann);
    assert.notEqual(stream.state.kind, 'waiting');
    path.close();
  });

  it('waits again when the publisher has gone, and is free for others', () => {
    const { stream, path } = setUp();
    path.publish(ann!, [track], () => {}).closed();
    assert.equal(stream.state.kind, 'waiting');
    path.publish(bob!, [track], () => {});
    assert.equal(path.account, bob);
    path.close();
  });
});
