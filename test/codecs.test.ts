/** Cameras with H.265 and with sound: what they send is in the clip that is served, whole and in step. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

interface Recording {
  readonly timestamp: string;
  readonly stream_id: string;
  readonly file_url: string;
}

const wanted = [
  { id: 'h265', clip: 'visits-h265.mp4', audio: false, video: 'hevc', tag: 'hvc1', sound: undefined },
  { id: 'aac', clip: 'one-aac.mp4', audio: true, video: 'h264', tag: 'avc1', sound: 'aac' },
  { id: 'opus', clip: 'one-opus.mp4', audio: true, video: 'h264', tag: 'avc1', sound: 'opus' },
  { id: 'alaw', clip: 'one-alaw.mov', audio: true, video: 'h264', tag: 'avc1', sound: 'pcm_alaw' },
  { id: 'quiet', clip: 'one-alaw.mov', audio: false, video: 'h264', tag: 'avc1', sound: undefined },
] as const;

describe('codecs of cameras', { skip: withoutFootage }, () => {
  const cameras: Camera[] = [];
  let site: Site;
  let system: System;

  before(async () => {
    for (const { clip } of wanted) cameras.push(await startCamera({ clip, auth: 'open' }));
    const entries = wanted.map(
      ({ id, audio }, i) =>
        `  - { id: ${id}, path: video/${id}, source: "${cameras[i]!.urls[0]}", audio: ${audio}, recording: { mode: continuous } }`,
    );
    site = await Site.create(
      (at) => `
cameras:
${entries.join('\n')}
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", max_clip_seconds: 10 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    for (const camera of cameras) await camera.process.stop();
    await site?.remove();
  });

  interface Probed {
    readonly streams: {
      readonly codec_type: string;
      readonly codec_name: string;
      readonly codec_tag_string: string;
      readonly start_time: string;
      readonly duration: string;
      readonly nb_read_packets: string;
    }[];
  }

  for (const { id, video, tag, sound } of wanted) {
    it(`records ${video}${sound === undefined ? '' : ` with ${sound}`} of ${id}`, async () => {
      const clip = await eventually(
        `two clips of ${id} are finished`,
        async () => {
          const { recordings } = (await system.ask(`/api/recordings?stream_id=${id}`)).json<{
            recordings: Recording[];
          }>();
          // Not the first: whoever joins this camera gets pictures from its newest keyframe on, but sound from now on only.
          return recordings.length > 1 ? recordings[0] : undefined;
        },
        60_000,
      );
      const file = join(site.directory, `${id}.mp4`);
      await writeFile(file, (await system.ask(clip.file_url)).body);
      const probe = await run('ffprobe', ['-v', 'error', '-count_packets', '-show_streams', '-of', 'json', file]);
      assert.equal(probe.code, 0, probe.output);
      const { streams } = JSON.parse(probe.output) as Probed;
      assert.deepEqual(
        streams.map((stream) => stream.codec_name),
        sound === undefined ? [video] : [video, sound],
      );
      const [picture, heard] = streams;
      assert.equal(picture!.codec_tag_string, tag);
      const seconds = Number(picture!.duration);
      assert.ok(seconds > 9, `${seconds} s`);
      assert.ok(Math.abs(Number(picture!.nb_read_packets) - seconds * 15) <= 2, 'every picture is there');
      if (heard !== undefined) {
        const end = (stream: Probed['streams'][number]) => Number(stream.start_time) + Number(stream.duration);
        assert.ok(Math.abs(end(heard) - end(picture!)) < 0.5, JSON.stringify(streams));
        assert.ok(Number(heard.start_time) < 0.5, JSON.stringify(streams));
        assert.ok(Number(heard.duration) > seconds - 1, JSON.stringify(streams));
      }
      const decoded = await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', file, '-f', 'null', '-']);
      assert.deepEqual([decoded.code, decoded.output], [0, '']);
    });
  }
});
