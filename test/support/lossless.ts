/**
 * What is published is what is played and recorded: the same NAL units in the same order, none missing, none twice, for
 * each codec, with sound and without. Each picture has an SEI of its own, as cameras have that sign their video: some are
 * small, those of keyframes larger than a packet and in front of the parameter sets.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeClip } from './encode-clip.ts';
import type { Codec } from './nal-units.ts';
import { hashesBy, hashesOf, typeOf, unitsOf } from './nal-units.ts';
import { eventually, run, start } from './process.ts';
import type { System } from './sentrix.ts';
import { Site } from './sentrix.ts';

const passwords = { phone: 'publish-only-with-this-long-one', watcher: 'watch-only-with-this-long-password' };
const fps = 15;
const gop = 30;

const forms: readonly { readonly id: string; readonly codec: Codec; readonly sound: boolean }[] = [
  { id: 'h264', codec: 'h264', sound: false },
  { id: 'h264-sound', codec: 'h264', sound: true },
  { id: 'h265', codec: 'h265', sound: false },
  { id: 'h265-sound', codec: 'h265', sound: true },
];

/** user_data_unregistered, ISO/IEC 14496-10 §D.1.6, with `length` bytes of text, none of them a zero. */
function sei(codec: Codec, picture: number, length: number): Buffer {
  const text = `picture ${picture} `.padEnd(length, 'signature ');
  const size = 16 + text.length;
  return Buffer.concat([
    Buffer.from([0, 0, 0, 1, ...(codec === 'h264' ? [6] : [39 << 1, 1]), 5]),
    Buffer.alloc(Math.floor(size / 255), 255),
    Buffer.from([size % 255]),
    Buffer.from('SentriX test SEI'),
    Buffer.from(text),
    Buffer.from([0x80]),
  ]);
}

/** Each access unit of `clip` begins with a delimiter, and gets an SEI behind it instead of the encoder's own. */
function signed(codec: Codec, clip: Buffer): Buffer {
  const out: Buffer[] = [];
  let picture = 0;
  for (const unit of unitsOf(clip)) {
    const type = typeOf(codec, unit);
    if (type === (codec === 'h264' ? 6 : 39)) continue;
    out.push(Buffer.from([0, 0, 0, 1]), unit);
    if (type !== (codec === 'h264' ? 9 : 35)) continue;
    out.push(sei(codec, picture, picture % gop === 0 ? 4000 : 60));
    picture++;
  }
  return Buffer.concat(out);
}

/** @param seconds how long each form is published; all at once. */
export function describeLossless(seconds: number): void {
  describe('a published stream', () => {
    let site: Site;
    let system: System;
    const wholes = new Map<string, readonly string[]>();

    before(async () => {
      site = await Site.create(
        (at) => `
cameras:
${forms.map(({ id }) => `  - { path: video/${id}, id: ${id}, audio: true }`).join('\n')}
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { mode: continuous, max_clip_seconds: ${Math.max(10, Math.min(120, seconds / 3))}, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
      );
      await site.addUser('owner', 'admin', 'correct horse battery');
      await site.addUser('phone', 'publisher', passwords.phone, ['--camera', 'all']);
      await site.addUser('watcher', 'viewer', passwords.watcher, ['--stream', '--camera', 'all']);
      for (const { id, codec, sound } of forms) {
        const frames = seconds * fps;
        const clip = await encodeClip({
          ...{ codec, width: 320, height: 240, fps, frames, gop, crf: 32, preset: 'ultrafast', limitMs: 600_000 },
          // Pictures that are shown in another order than sent, in one of the forms.
          parameters: codec === 'h264' ? `bframes=${sound ? 2 : 0}:sliced-threads=1:slices=2` : 'bframes=0',
        });
        const stream = signed(codec, clip);
        const path = join(site.directory, `${id}.${codec === 'h264' ? 'h264' : 'hevc'}`);
        await writeFile(path, stream);
        wholes.set(id, hashesOf(codec, stream));
        const tone = ['-f', 'lavfi', '-t', String(seconds), '-i', 'sine=frequency=440:sample_rate=48000'];
        const { code, output } = await run(
          'ffmpeg',
          [
            ...['-nostdin', '-v', 'error', '-fflags', '+genpts', '-r', String(fps), '-i', path],
            ...[...(sound ? tone : []), '-map', '0:v', ...(sound ? ['-map', '1:a', '-c:a', 'aac'] : [])],
            ...['-c:v', 'copy', join(site.directory, `${id}.mp4`)],
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

    function urlOf(user: keyof typeof passwords, id: string): string {
      const made = new URL(`${system.ready.rtsp}/video/${id}`);
      made.username = user;
      made.password = passwords[user];
      return made.href;
    }

    it('comes out of the player and of the recording as it went in', { timeout: (seconds + 300) * 1000 }, async () => {
      const played = await Promise.all(
        forms.map(async ({ id, codec }) => {
          const publisher = start('ffmpeg', [
            ...['-nostdin', '-v', 'error', '-re', '-i', join(site.directory, `${id}.mp4`), '-map', '0', '-c', 'copy'],
            ...['-f', 'rtsp', '-rtsp_transport', 'tcp', urlOf('phone', id)],
          ]);
          await eventually(`${id} is live`, async () => {
            const { cameras } = (await system.ask('/api/cameras')).json<{
              cameras: { id: string; state: { kind: string } }[];
            }>();
            return cameras.find((one) => one.id === id && one.state.kind === 'live');
          });
          const input = ['-rtsp_transport', 'tcp', '-i', urlOf('watcher', id)];
          const found = await hashesBy(codec, input, join(site.directory, `${id}.played`), (seconds + 60) * 1000);
          assert.equal(await publisher.ended(), 0, publisher.output());
          return found;
        }),
      );
      await system.process.stop();
      for (const [i, { id, codec }] of forms.entries()) {
        const whole = wholes.get(id)!;
        assert.equal(whole.filter((one) => one.startsWith('other')).length >= seconds * fps, true, 'an SEI a picture');
        assert.equal(new Set(whole).size, whole.length, 'each unit is another one');
        const first = whole.indexOf(played[i]![0] ?? '');
        assert.ok(first >= 0, `${id}: what the player sees first was never sent`);
        assert.match(whole[first]!, /^other/, `${id}: the SEI of the first picture is there`);
        assert.ok(first < whole.length / 2 || seconds < 10, `${id}: the player came late, at ${first}`);
        assertSame(played[i]!, whole.slice(first), `${id} played`);
        const recorded: string[] = [];
        const files = globSync(join(site.recordings, id, '**', '*.mp4.age'));
        for (const file of files.toSorted((a, b) => basename(a).localeCompare(basename(b)))) {
          const plain = join(site.directory, 'plain.mp4');
          const { code, output } = await site.run(['recording', 'decrypt', file, '-o', plain]);
          assert.equal(code, 0, output);
          const scratch = join(site.directory, 'scratch');
          recorded.push(...(await hashesBy(codec, ['-i', plain], scratch, 120_000)));
          await rm(plain);
        }
        assertSame(recorded, whole, `${id} recorded`);
      }
      await exported();
    });

    /** The first clip of each, handed to somebody else. */
    async function exported(): Promise<void> {
      system = await site.start();
      await system.login('owner', 'correct horse battery');
      for (const { id, codec } of forms) {
        const answer = (await system.ask(`/api/recordings?stream_id=${id}`)).json<{ recordings: { id: number }[] }>();
        const clip = answer.recordings.at(-1);
        const zip = join(site.directory, `${id}.zip`);
        const { code, output } = await site.run(['recording', 'export', String(clip?.id), '-o', zip]);
        assert.equal(code, 0, output);
        const folder = join(site.directory, `${id}-exported`);
        assert.equal((await run('unzip', ['-q', zip, '-d', folder])).code, 0);
        const input = ['-i', join(folder, 'clip.mp4')];
        const found = await hashesBy(codec, input, join(site.directory, 'scratch'), 60_000);
        assertSame(found, wholes.get(id)!.slice(0, found.length), `${id} exported`);
        assert.ok(found.length > 2 * gop, `${found.length} of ${id} exported`);
      }
    }
  });
}

/** Says where two lists part, rather than show both. */
function assertSame(found: readonly string[], wanted: readonly string[], what: string): void {
  const at = found.findIndex((one, i) => one !== wanted[i]);
  if (at < 0 && found.length === wanted.length) return;
  const place = at < 0 ? found.length : at;
  const there = wanted.indexOf(found[place] ?? '');
  assert.fail(
    `${what}: ${found.length} units of ${wanted.length}, other ones from ${place} on, where ${found[place]} is unit ${there}`,
  );
}
