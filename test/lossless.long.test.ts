/**
 * What is published is what is played and recorded: the same slices in the same order, none missing, none twice, for each
 * codec, with sound and without. SENTRIX_LOSSLESS_SECONDS sets how long each takes; ten minutes where it isn't set.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, run, start } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

const seconds = Number(process.env['SENTRIX_LOSSLESS_SECONDS'] ?? 600);
const passwords = { phone: 'publish-only-with-this-long-one', watcher: 'watch-only-with-this-long-password' };
const fps = 15;

/** Slices only, in one notation: containers keep parameter sets elsewhere and write start codes or lengths. */
const slicesOf = {
  h264: ['-c:v', 'copy', '-bsf:v', 'h264_mp4toannexb,filter_units=remove_types=7-9'],
  h265: ['-c:v', 'copy', '-bsf:v', 'hevc_mp4toannexb,filter_units=remove_types=32-35'],
} as const;

const forms = [
  { id: 'h264', codec: 'h264', sound: false },
  { id: 'h264-sound', codec: 'h264', sound: true },
  { id: 'h265', codec: 'h265', sound: false },
  { id: 'h265-sound', codec: 'h265', sound: true },
] as const;

describe('a published stream', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await Site.create(
      (at) => `
cameras:
${forms.map(({ id }) => `  - { path: video/${id}, id: ${id}, audio: true }`).join('\n')}
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { mode: continuous, max_clip_seconds: 120, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('phone', 'publisher', passwords.phone, ['--camera', 'all']);
    await site.addUser('watcher', 'viewer', passwords.watcher, ['--stream', '--camera', 'all']);
    for (const { id, codec, sound } of forms) {
      const encoder = codec === 'h264' ? ['libx264', '-preset', 'ultrafast'] : ['libx265', '-preset', 'ultrafast'];
      const { code, output } = await run(
        'ffmpeg',
        [
          ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=320x256:rate=${fps}`],
          ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-t', String(seconds)],
          ...['-map', '0:v', ...(sound ? ['-map', '1:a', '-c:a', 'aac'] : []), '-c:v', ...encoder],
          ...(codec === 'h265' ? ['-x265-params', 'log-level=none:bframes=0'] : ['-bf', '0']),
          ...['-g', '30', '-pix_fmt', 'yuv420p', '-f', 'matroska', join(site.directory, `${id}.mkv`)],
        ],
        { limitMs: 600_000 },
      );
      assert.equal(code, 0, output);
    }
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  /** The hashes of all pictures that ffmpeg finds there, in order. */
  async function hashes(input: readonly string[], codec: 'h264' | 'h265', limitMs: number): Promise<string[]> {
    const { code, output } = await run(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'error', ...input, '-map', '0:v', ...slicesOf[codec]],
        ...['-f', 'framehash', '-hash', 'sha256', '-'],
      ],
      { limitMs },
    );
    assert.equal(code, 0, output.slice(-2000));
    return [...output.matchAll(/^0,.*\b([0-9a-f]{64})$/gm)].map((match) => match[1]!);
  }

  function assertIsEndOf(
    found: readonly string[],
    whole: readonly string[],
    missingAtMost: number,
    what: string,
  ): void {
    const first = whole.indexOf(found[0] ?? '');
    assert.ok(first >= 0, `${what}: the first picture is none of them`);
    assert.deepEqual(found, whole.slice(first, first + found.length), `${what}: in order, none missing, none twice`);
    assert.ok(whole.length - found.length <= missingAtMost, `${what}: ${found.length} of ${whole.length}`);
  }

  it('comes out of the player and of the recording as it went in', { timeout: (seconds + 300) * 1000 }, async () => {
    const url = (user: keyof typeof passwords, id: string): string => {
      const made = new URL(`${system.ready.rtsp}/video/${id}`);
      made.username = user;
      made.password = passwords[user];
      return made.href;
    };
    const played = await Promise.all(
      forms.map(async ({ id, codec }) => {
        const publisher = start('ffmpeg', [
          ...['-nostdin', '-v', 'error', '-re', '-i', join(site.directory, `${id}.mkv`), '-map', '0', '-c', 'copy'],
          ...['-f', 'rtsp', '-rtsp_transport', 'tcp', url('phone', id)],
        ]);
        await eventually(`${id} is live`, async () => {
          const { cameras } = (await system.ask('/api/cameras')).json<{
            cameras: { id: string; state: { kind: string } }[];
          }>();
          return cameras.find((one) => one.id === id && one.state.kind === 'live');
        });
        const input = ['-rtsp_transport', 'tcp', '-i', url('watcher', id)];
        const found = await hashes(input, codec, (seconds + 60) * 1000);
        assert.equal(await publisher.ended(), 0, publisher.output());
        return found;
      }),
    );
    await system.process.stop();
    for (const [i, { id, codec }] of forms.entries()) {
      const whole = await hashes(['-i', join(site.directory, `${id}.mkv`)], codec, 120_000);
      assert.equal(whole.length, seconds * fps);
      assert.equal(new Set(whole).size, whole.length, 'each picture is another one');
      // A player comes when the stream is live, and begins at a keyframe.
      assertIsEndOf(played[i]!, whole, 10 * fps, `${id} played`);
      const recorded: string[] = [];
      for (const file of globSync(join(site.recordings, id, '**', '*.mp4.age')).toSorted()) {
        const plain = join(site.directory, 'plain.mp4');
        const { code, output } = await site.run(['recording', 'decrypt', file, '-o', plain]);
        assert.equal(code, 0, output);
        recorded.push(...(await hashes(['-i', plain], codec, 120_000)));
        await run('rm', ['-f', plain]);
      }
      assertIsEndOf(recorded, whole, 0, `${id} recorded`);
    }
  });
});
