/** The publishers that must work, as Debian has them. GStreamer needs `protocols=tcp`: after a 461 it gives up (1.22). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { RtspServer } from './server.ts';
import { createRtspServer } from './server.ts';
import { publisher, realm, TestOwner } from './testing/accounts.ts';
import { makeCertificate } from './testing/certificate.ts';
import { skipWithout, startProgram } from './testing/programs.ts';

const pictures = 15;
const skip = skipWithout('ffmpeg', 'openssl');

describe('real publishers', { skip }, () => {
  let folder: string;
  let clip: string;
  let owner: TestOwner;
  let server: RtspServer;
  let ports: { plain: number; secure: number };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sentrix-rtsp-'));
    clip = join(folder, 'clip.mp4');
    const source = `testsrc2=size=160x120:rate=15:duration=1`;
    const encode = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -shortest -y'.split(' ');
    await using ffmpeg = startProgram('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', source, '-f', 'lavfi', '-i', 'sine=duration=1'],
      ...[...encode, clip],
    ]);
    assert.equal(await ffmpeg.ended, 0, ffmpeg.errors());
    owner = new TestOwner();
    const { authenticate, publish, play } = owner;
    const tls = { context: () => makeCertificate('interop') };
    server = createRtspServer({ realm, authenticate, publish, play, tls, clock: systemClock, log: silentLog });
    ports = {
      plain: await server.listen({ host: '127.0.0.1', port: 0, secure: false }),
      secure: await server.listen({ host: '127.0.0.1', port: 0, secure: true }),
    };
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function ffmpegTo(url: string) {
    return startProgram('ffmpeg', [
      ...['-nostdin', '-v', 'error', '-i', clip, '-c', 'copy', '-f', 'rtsp', '-rtsp_transport', 'tcp'],
      url,
    ]);
  }

  /** Packets of the first track that end a picture. */
  function picturesOf(entry: (typeof owner.published)[number] | undefined): number {
    return entry?.packets.filter(([track, bytes]) => track === 0 && (bytes[1]! & 0x80) !== 0).length ?? 0;
  }

  for (const scheme of ['rtsp', 'rtsps'] as const) {
    it(`takes every picture that ffmpeg publishes over ${scheme}`, async () => {
      const user = `${publisher.username}:${encodeURIComponent(publisher.password.reveal())}`;
      const port = scheme === 'rtsp' ? ports.plain : ports.secure;
      await using ffmpeg = ffmpegTo(`${scheme}://${user}@127.0.0.1:${port}/video/front`);
      assert.equal(await ffmpeg.ended, 0, ffmpeg.errors());
      const entry = owner.published.at(-1);
      assert.equal(picturesOf(entry), pictures);
      assert.deepEqual(
        entry?.tracks.map((track) => track.encoding),
        ['H264', 'MPEG4-GENERIC'],
      );
      assert.equal(entry?.closed, 'rtsp/teardown');
      assert.deepEqual(owner.attempts.splice(0), [{ username: 'phone', ok: true, kind: 'digest' }]);
    });
  }

  it('counts a wrong password of ffmpeg once, and ends it', async () => {
    await using ffmpeg = ffmpegTo(`rtsp://phone:wrong@127.0.0.1:${ports.plain}/video/front`);
    assert.notEqual(await ffmpeg.ended, 0);
    assert.match(ffmpeg.errors(), /401/);
    assert.deepEqual(owner.attempts.splice(0), [{ username: 'phone', ok: false, kind: 'digest' }]);
  });

  it('takes what GStreamer publishes', { skip: skipWithout('gst-launch-1.0') }, async () => {
    const { username, password } = publisher;
    const login = [`user-id=${username}`, `user-pw=${password.reveal()}`];
    const location = `location=rtsp://127.0.0.1:${ports.plain}/video/front`;
    await using gst = startProgram('gst-launch-1.0', [
      ...['-q', 'filesrc', `location=${clip}`, '!', 'qtdemux', '!', 'h264parse', '!', 'rtspclientsink'],
      ...[location, 'protocols=tcp', ...login],
    ]);
    const before = owner.published.length;
    await Promise.race([owner.until(() => picturesOf(owner.published[before]) >= pictures - 1), gst.ended]);
    assert.ok(picturesOf(owner.published[before]) >= pictures - 1, gst.errors());
    assert.equal(
      owner.attempts.splice(0).every((attempt) => attempt.ok),
      true,
    );
  });
});
