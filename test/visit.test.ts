/** A person walks through the room: the story this product exists for, with real footage, model, disk and `age`. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openBrowser } from './support/browser.ts';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

interface Recording {
  readonly id: number;
  readonly timestamp: string;
  readonly stream_id: string;
  readonly duration: number;
  readonly file_url: string;
  readonly thumbnail_url: string;
  readonly confidence: number;
  readonly objects_detected: readonly { class: string; confidence: number; bbox: number[] }[];
}

/** The visit of the footage, in seconds of the clip: in view from `enter`, half in view from `fullFrom`. */
const visit = { enter: 20.4, fullFrom: 21.0, fullTo: 33.6, exit: 34.2 };
const startSeconds = 8;
const preBufferSeconds = 5;
const gopSeconds = 2;

describe('a visit', { skip: withoutFootage }, () => {
  let camera: Camera;
  let site: Site;
  let system: System;
  let recording: Recording;
  let plain: string;

  before(async () => {
    camera = await startCamera({ clip: 'visits.mp4', startSeconds });
    site = await Site.create(
      (at) => `
cameras:
  - { name: Room, source: "${camera.urls[0]}" }
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}", pre_buffer_seconds: ${preBufferSeconds}, post_buffer_seconds: 3 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    const added = await site.run(
      ['camera', 'add', 'Room', '--source', withUser(camera.urls[0]!), '--password-stdin'],
      'secret\n',
    );
    assert.equal(added.code, 0, added.output);
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    recording = await eventually(
      'the visit is recorded',
      async () => {
        const { recordings } = (await system.ask('/api/recordings')).json<{ recordings: Recording[] }>();
        return recordings[0];
      },
      90_000,
    );
  });

  after(async () => {
    await system?.process.stop();
    await camera?.process.stop();
    await site?.remove();
  });

  it('becomes one event of class person that covers it', async () => {
    const { alerts } = (await system.ask('/api/alerts')).json<{
      alerts: { timestamp: string; stream_id: string; object_counts: Record<string, number> }[];
    }>();
    assert.equal(alerts.length, 1);
    assert.deepEqual(alerts[0]?.object_counts, { person: 1 });
    const clipSecond = (iso: string): number => (Date.parse(iso) - camera.readyAt) / 1000 + startSeconds;
    const seen = clipSecond(alerts[0]!.timestamp);
    // The simulator plays from its newest keyframe, and so up to a GOP behind its own clock.
    assert.ok(seen > visit.enter - 1 && seen < visit.fullFrom + 1 + gopSeconds, `first seen at ${seen}`);
    const starts = clipSecond(recording.timestamp);
    const ends = starts + recording.duration;
    assert.ok(starts <= seen - preBufferSeconds + gopSeconds, `recording starts at ${starts}, person seen at ${seen}`);
    assert.ok(ends >= visit.fullTo, `recording ends at ${ends}`);
    assert.equal(recording.stream_id, 'room');
    assert.equal(recording.objects_detected[0]?.class, 'person');
    assert.ok(recording.confidence > 0.5 && recording.confidence <= 1);
  });

  it('opens with the age tool alone, and ffprobe finds no error in it', async () => {
    const files = await walk(site.recordings);
    const clipFile = files.find((file) => file.endsWith('.mp4.age'));
    const dayKey = files.find((file) => file.endsWith('.key.age'));
    assert.ok(clipFile !== undefined && dayKey !== undefined, files.join('\n'));
    assert.equal(dirname(dayKey), join(site.recordings, 'keys'));
    const key = join(site.directory, 'day.key');
    plain = join(site.directory, 'clip.mp4');
    const opened = await run('age', ['-d', '-i', join(site.home, 'keys', 'owner.key'), '-o', key, dayKey]);
    assert.equal(opened.code, 0, opened.output);
    const decrypted = await run('age', ['-d', '-i', key, '-o', plain, clipFile]);
    assert.equal(decrypted.code, 0, decrypted.output);
    const probed = await run('ffmpeg', ['-v', 'error', '-i', plain, '-f', 'null', '-']);
    assert.deepEqual([probed.code, probed.output], [0, '']);
    const { output } = await run('ffprobe', [
      '-v',
      'error',
      '-count_packets',
      '-show_entries',
      'stream=codec_name,width,height,nb_read_packets:format=duration',
      '-of',
      'json',
      plain,
    ]);
    const { streams } = JSON.parse(output) as {
      streams: { codec_name: string; width: number; height: number; nb_read_packets: string }[];
    };
    assert.deepEqual(
      streams.map(({ codec_name, width, height }) => [codec_name, width, height]),
      [['h264', 768, 432]],
    );
    assert.ok(Math.abs(Number(streams[0]!.nb_read_packets) - recording.duration * 15) <= 2);
  });

  it('is decrypted by the command line without the server', async () => {
    const files = await walk(site.recordings);
    const target = join(site.directory, 'again.mp4');
    const { code, output } = await site.run([
      'recording',
      'decrypt',
      files.find((f) => f.endsWith('.mp4.age'))!,
      '-o',
      target,
    ]);
    assert.equal(code, 0, output);
    assert.deepEqual(await readFile(target), await readFile(plain));
  });

  it('is served in ranges that agree with the whole', async () => {
    const whole = await system.ask(recording.file_url);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers['content-type'], 'video/mp4');
    await writeFile(join(site.directory, 'served.mp4'), whole.body);
    const probed = await run('ffmpeg', ['-v', 'error', '-i', join(site.directory, 'served.mp4'), '-f', 'null', '-']);
    assert.deepEqual([probed.code, probed.output], [0, '']);
    for (const [from, to] of [
      [0, 0],
      [65_530, 65_545],
      [100_000, 299_999],
      [whole.body.length - 5, whole.body.length - 1],
    ] as const) {
      const part = await system.ask(recording.file_url, { headers: { range: `bytes=${from}-${to}` } });
      assert.equal(part.status, 206);
      assert.equal(part.headers['content-range'], `bytes ${from}-${to}/${whole.body.length}`);
      assert.deepEqual(part.body, whole.body.subarray(from, to + 1));
    }
    const outside = await system.ask(recording.file_url, { headers: { range: `bytes=${whole.body.length}-` } });
    assert.equal(outside.status, 416);
  });

  it('has a thumbnail, served as JPEG', async () => {
    const { status, headers, body } = await system.ask(recording.thumbnail_url);
    assert.deepEqual([status, headers['content-type']], [200, 'image/jpeg']);
    assert.deepEqual([...body.subarray(0, 3)], [0xff, 0xd8, 0xff]);
  });

  it('has the object alone and a few moving pictures beside it, sealed as well', async () => {
    const stem = recording.thumbnail_url.replace(/\.jpg$/, '');
    const crop = await system.ask(`${stem}-crop.jpg`);
    assert.deepEqual([crop.status, crop.headers['content-type']], [200, 'image/jpeg']);
    assert.deepEqual([...crop.body.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    const preview = await system.ask(`${stem}.webp`);
    assert.deepEqual([preview.status, preview.headers['content-type']], [200, 'image/webp']);
    assert.ok(preview.body.includes('ANMF'), 'it moves');
    assert.equal((await system.ask(stem.replace(/-\d+$/, '-999999.webp'))).status, 404);
    const names = (await walk(site.recordings)).map((file) => file.slice(file.lastIndexOf('.', file.length - 5)));
    assert.ok(names.includes('.webp.age'), names.join(' '));
  });

  it('plays and seeks in Chromium, with the duration known', async () => {
    await using browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    const page = await browser.context.newPage();
    await page.goto(`${system.ready.https}/login`);
    const { name, value } = parseCookie(system.cookie!);
    await browser.context.addCookies([
      { name, value, url: system.ready.https, secure: true, httpOnly: true, sameSite: 'Strict' },
    ]);
    const played = await page.evaluate(async (url) => {
      const video = document.createElement('video');
      video.muted = true;
      video.src = url;
      document.body.append(video);
      const event = (kind: string) =>
        new Promise<void>((resolve, reject) => {
          video.addEventListener(kind, () => resolve(), { once: true });
          video.addEventListener('error', () => reject(new Error(`${video.error?.message}`)), { once: true });
        });
      const canvas = document.createElement('canvas');
      canvas.width = 64;
      canvas.height = 36;
      const context = canvas.getContext('2d')!;
      const look = () => {
        context.drawImage(video, 0, 0, 64, 36);
        return [...context.getImageData(0, 0, 64, 36).data];
      };
      const at = async (seconds: number) => {
        const seeked = event('seeked');
        video.currentTime = seconds;
        await seeked;
        return look();
      };
      await event('loadeddata');
      const { duration } = video;
      return { duration, first: await at(0.5), middle: await at(duration / 2), start: await at(0.5) };
    }, recording.file_url);
    assert.ok(Math.abs(played.duration - recording.duration) < 0.2, `${played.duration} against ${recording.duration}`);
    assert.ok(difference(played.first, played.middle) > 2, 'the person is in the middle of the clip');
    assert.ok(difference(played.first, played.start) < 1.5, 'seeking back shows the empty room again');
    assert.ok(brightness(played.first) > 20, 'the picture is not black');
  });

  it('leaves no plain video, picture or database on the disk', async () => {
    const finished = await system.process.stop();
    assert.equal(finished, 0);
    for (const directory of [site.home, site.recordings]) {
      for (const file of await walk(directory)) {
        // Compiled code and the model's weights hold all kinds of bytes, and nothing of anybody's.
        if (file.startsWith(join(site.home, 'cache')) || file.startsWith(join(site.home, 'models'))) continue;
        const bytes = await readFile(file);
        for (const [what, mark] of [
          ['MP4', Buffer.from('ftyp')],
          ['MP4', Buffer.from('moof')],
          ['JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
          ['SQLite', Buffer.from('SQLite format 3')],
          ['H.264', Buffer.from([0, 0, 0, 1, 0x67])],
        ] as const) {
          assert.equal(bytes.subarray(0, 1 << 16).includes(mark), false, `${what} in ${file}`);
        }
      }
    }
  });
});

function withUser(url: string): string {
  return url.replace('rtsp://', 'rtsp://cam@');
}

function parseCookie(pair: string): { name: string; value: string } {
  const at = pair.indexOf('=');
  return { name: pair.slice(0, at), value: pair.slice(at + 1) };
}

function difference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

function brightness(pixels: readonly number[]): number {
  return pixels.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0) / (pixels.length * 0.75);
}

async function walk(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
