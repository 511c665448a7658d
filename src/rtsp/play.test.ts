import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { trySenderReport } from '../rtp/rtcp.ts';
import { answerBasic } from './digest.ts';
import { parseSdp } from './sdp.ts';
import type { RtspServerOptions } from './server.ts';
import { createRtspServer } from './server.ts';
import { publisher, realm, rtpPacket, TestOwner, testBatch } from './testing/accounts.ts';
import { RawClient } from './testing/raw-client.ts';

const url = 'rtsp://127.0.0.1/video/front';
const tcp = (channels: string) => [['Transport', `RTP/AVP/TCP;unicast;interleaved=${channels}`]] as const;

async function start(options: Partial<RtspServerOptions<string>> = {}) {
  const owner = new TestOwner();
  const { authenticate, publish, play } = owner;
  const server = createRtspServer({
    ...{ realm, authenticate, publish, play, clock: systemClock, log: silentLog },
    ...options,
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return { owner, port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** A connection that has set up the one track. */
async function ready(port: number, channels = '0-1') {
  const client = await RawClient.open(port);
  const description = await client.askAs(publisher, 'DESCRIBE', url, [['Accept', 'application/sdp']]);
  assert.equal(description.status, 200);
  const setUp = await client.ask('SETUP', `${url}/trackID=0`, tcp(channels));
  assert.equal(setUp.status, 200);
  const session = [['Session', setUp.headers.get('session')?.split(';')[0] ?? '']] as const;
  return { client, description, setUp, session };
}

describe('playing', () => {
  it('describes the tracks under its own names, then sends the GOP and what comes', async () => {
    await using running = await start();
    const { client, description, setUp, session } = await ready(running.port);
    using _ = client;
    assert.equal(description.headers.get('content-base'), `${url}/`);
    const { tracks } = parseSdp(description.body);
    assert.deepEqual(
      tracks.map(({ encoding, control }) => [encoding, control]),
      [['H264', 'trackID=0']],
    );
    assert.match(setUp.headers.get('transport') ?? '', /interleaved=0-1;mode=play/);
    const play = await client.ask('PLAY', `${url}/`, session);
    assert.equal(play.status, 200);
    assert.equal(play.headers.get('rtp-info'), `url=${url}/trackID=0;seq=1;rtptime=9000`);
    const [player] = running.owner.players;
    for (const sink of player!.sinks) sink.batch(testBatch([rtpPacket(3, 'next')], false));
    const frames = await client.frames(4);
    assert.deepEqual(
      frames.filter(([channel]) => channel === 0).map(([, packet]) => packet.subarray(12).toString()),
      ['keyframe', 'delta', 'next'],
    );
    const [, report] = frames.find(([channel]) => channel === 1)!;
    assert.partialDeepStrictEqual(trySenderReport(report), { ssrc: 7, at: Date.UTC(2026, 0, 1), rtpTimestamp: 9000 });
    assert.equal(report.readUInt32BE(20), 2);
    assert.equal(report.readUInt32BE(24), 'keyframedelta'.length);
    assert.equal((await client.ask('TEARDOWN', url, session)).status, 200);
    await running.owner.until(() => player!.closed && player!.sinks.size === 0);
  });

  it('uses the channels that a player wants', async () => {
    await using running = await start();
    const { client, session } = await ready(running.port, '6-9');
    using _ = client;
    await client.ask('PLAY', url, session);
    const channels = (await client.frames(3)).map(([channel]) => channel);
    assert.deepEqual(channels, [6, 6, 9]);
  });

  it('stops at PAUSE and begins with a keyframe after it', async () => {
    await using running = await start();
    const { client, session } = await ready(running.port);
    using _ = client;
    await client.ask('PLAY', url, session);
    await client.frames(3);
    assert.equal((await client.ask('PAUSE', url, session)).status, 200);
    assert.equal(running.owner.players[0]!.sinks.size, 0);
    assert.equal((await client.ask('PLAY', url, session)).status, 200);
    assert.deepEqual((await client.frames(6))[3]?.[1], rtpPacket(1, 'keyframe'));
  });

  it('refuses UDP, other sessions, unknown paths and tracks, and what comes out of turn', async () => {
    await using running = await start();
    const { client, session } = await ready(running.port);
    using _ = client;
    const status = async (...args: Parameters<RawClient['ask']>) => (await client.ask(...args)).status;
    assert.equal(await status('SETUP', `${url}/trackID=0`, [...tcp('2-3'), ...session]), 455);
    assert.equal(await status('SETUP', `${url}/trackID=1`, [...tcp('2-3'), ...session]), 404);
    assert.equal(await status('PLAY', url, [['Session', 'other']]), 454);
    assert.equal(await status('RECORD', url, session), 455);
    assert.equal(await status('DESCRIBE', 'rtsp://127.0.0.1/video/other'), 455);
    using other = await RawClient.open(running.port);
    assert.equal((await other.askAs(publisher, 'DESCRIBE', 'rtsp://127.0.0.1/nowhere')).status, 404);
    assert.equal((await other.ask('DESCRIBE', url)).status, 200);
    assert.equal((await other.ask('PLAY', url)).status, 455);
    const udp = [['Transport', 'RTP/AVP;unicast;client_port=5000-5001']] as const;
    assert.equal((await other.ask('SETUP', `${url}/trackID=0`, udp)).status, 461);
  });

  it('takes Basic on loopback, and asks for credentials before it says what there is', async () => {
    await using running = await start();
    using client = await RawClient.open(running.port);
    assert.equal((await client.ask('DESCRIBE', 'rtsp://h/nowhere')).status, 401);
    assert.equal((await client.ask('DESCRIBE', url, [['Authorization', answerBasic(publisher)]])).status, 200);
  });

  it('leaves out batches for a player that does not read, up to a keyframe, and ends it', async () => {
    await using running = await start({ limits: { slowMs: 100 } });
    const { client, session } = await ready(running.port);
    using _ = client;
    await client.ask('PLAY', url, session);
    await client.frames(3);
    client.socket.pause();
    const [player] = running.owner.players;
    const big = testBatch([rtpPacket(9, Buffer.alloc(50_000))], false);
    // As a camera would: a few at a time, so that what is written can go on its way.
    const feeding = setInterval(() => {
      for (let i = 0; i < 50; i++) for (const sink of player!.sinks) sink.batch(big);
    }, 5);
    await running.owner.until(() => player!.closed);
    clearInterval(feeding);
    assert.equal(player!.sinks.size, 0);
  });

  it('ends a player when its source ends or its account loses the right, and one that is silent', async () => {
    await using running = await start({ limits: { idleMs: 50 } });
    for (const end of ['source', 'kick', 'silence']) {
      const { client, session } = await ready(running.port);
      if (end !== 'silence') await client.ask('PLAY', url, session);
      const player = running.owner.players.at(-1)!;
      const reason = new Problem('stream/ended', 'ended');
      if (end === 'source') for (const sink of player.sinks) sink.ended(reason);
      if (end === 'kick') player.request.kick(reason);
      await client.closed;
      assert.equal(player.closed, true, end);
    }
  });
});
