/** Watching the simulated camera, which is GStreamer's RTSP server. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import type { ClientLimits } from './client.ts';
import { playRtsp } from './client.ts';
import type { SdpTrack } from './sdp.ts';
import type { Program } from './testing/programs.ts';
import { sharedFolder, skipWithout, startProgram } from './testing/programs.ts';

const shared = sharedFolder();
const skip = shared === undefined ? 'the shared folder with the simulated camera is not there' : skipWithout('openssl');

async function startCamera(...args: string[]): Promise<{ program: Program; url: URL }> {
  const cameras = join(shared!, 'cameras');
  const program = startProgram('/usr/bin/python3', [
    join(cameras, 'camera.py'),
    ...['--clip', join(cameras, 'clips/one-alaw.mov'), '--port', '0', '--user', 'cam', '--password', 'secret', ...args],
  ]);
  const { urls } = await program.jsonLine();
  return { program, url: new URL((urls as string[])[0]!) };
}

async function watch(url: URL, password: string, limits: Partial<ClientLimits> = {}) {
  const received = Promise.withResolvers<void>();
  const seen = new Set<number>();
  const tracks: SdpTrack[] = [];
  const playing = await playRtsp(
    {
      url,
      credentials: { username: 'cam', password: new Secret(password) },
      digestSeen: false,
      limits,
      log: silentLog,
    },
    {
      tracks: (all) => tracks.push(...all),
      rtp: (track) => {
        seen.add(track);
        if (seen.size === tracks.length) received.resolve();
      },
      rtcp: () => {},
    },
    AbortSignal.timeout(20_000),
  );
  return { playing, tracks, received: received.promise };
}

describe('the simulated camera', { skip }, () => {
  it('plays with Digest and with Basic, and not with a wrong password', async () => {
    for (const kind of ['digest', 'basic']) {
      const { program, url } = await startCamera(`--${kind}`);
      await using _ = program;
      const { playing, tracks, received } = await watch(url, 'secret');
      assert.deepEqual(
        tracks.map((track) => track.encoding),
        ['H264', 'PCMA'],
      );
      assert.equal(playing.digestUsed, kind === 'digest');
      await received;
      await playing.close();
      await assert.rejects(watch(url, 'wrong'), { code: 'camera/unauthorized' });
    }
  });

  it('is seen to hang, and to lose its power', async () => {
    const { program, url } = await startCamera('--open');
    await using _ = program;
    const hanging = await watch(url, 'secret', { stallMs: 300 });
    await hanging.received;
    program.process.kill('SIGSTOP');
    assert.equal((await hanging.playing.ended).code, 'camera/stalled');
    program.process.kill('SIGCONT');
    const dying = await watch(url, 'secret');
    await dying.received;
    program.process.kill('SIGKILL');
    assert.equal((await dying.playing.ended).code, 'camera/closed');
  });
});
