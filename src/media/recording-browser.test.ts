/** Recordings in Chromium's plain `<video src>` over HTTP ranges: what docs/design/0003 rests on. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { encodeClip } from '../../test/support/encode-clip.ts';
import { fragment, wallClockBox } from './fragment.ts';
import { h264Format } from './h264.ts';
import { fromAnnexB, h264Nal, lengthPrefixed, nalType } from './nal.ts';
import { recordingHead } from './recording.ts';
import { IndexBuilder, tryParseIndex } from './recording-index.ts';
import { tryServedFile } from './served-file.ts';

const executablePath = '/usr/bin/chromium';
const frameTicks = 9000;
const seconds = 12;
const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];

/** Ten pictures a second whose brightness is 60 + 10 a second, under noise that makes the file large. */
async function servedRecording(): Promise<Uint8Array> {
  const stream = await encodeClip({
    width: 320,
    height: 192,
    fps: 10,
    frames: seconds * 10,
    gop: 10,
    source: 'nullsrc',
    filter: "geq=lum='60+10*floor(T)':cb=128:cr=128,noise=alls=20:allf=t",
    parameters: 'bframes=0',
    crf: 4,
  });
  const units = fromAnnexB(stream);
  const first = (type: number): Uint8Array => units.find((unit) => nalType('h264', unit) === type)!;
  const format = h264Format(first(h264Nal.sps), first(h264Nal.pps))!;
  const startAt = Date.UTC(2026, 10, 24);
  const head = recordingHead([format], { camera: 'front' }, { startAt });
  const builder = new IndexBuilder({ headBytes: head.length, timeScales: [90_000] });
  const parts = [head];
  let offset = head.length;
  for (const [i, picture] of units.filter((unit) => nalType('h264', unit) <= 5).entries()) {
    const keyframe = nalType('h264', picture) === h264Nal.idr;
    const [ptsTicks, at] = [i * frameTicks, startAt + i * 100];
    if (keyframe && i > 0) {
      parts.push(wallClockBox(1, at, ptsTicks));
      offset += parts.at(-1)!.length;
    }
    const sample = { data: lengthPrefixed([picture]), durationTicks: frameTicks, ptsOffsetTicks: 0, keyframe };
    const bytes = fragment({ sequence: i + 1, trackId: 1, baseDtsTicks: ptsTicks, samples: [sample] });
    const times = { dtsTicks: ptsTicks, ptsTicks, durationTicks: frameTicks, at };
    builder.add({ offset, bytes: bytes.length, trackId: 1, dataBytes: sample.data.length, ...times, keyframe });
    parts.push(bytes);
    offset += bytes.length;
  }
  const served = tryServedFile(head, tryParseIndex(builder.build())!)!;
  return Buffer.concat([served.head, ...parts.slice(1)]);
}

describe('Chromium', { skip: existsSync(executablePath) ? false : 'chromium is not installed' }, () => {
  let file: Uint8Array;
  let server: Server;
  let browser: Browser;
  let page: Page;
  /** Every answer stops after so many bytes, as on a slow line; 0 means none does. */
  let stallAfterBytes = 0;

  before(async () => {
    file = await servedRecording();
    server = createServer((request, response) => {
      if (!request.url!.startsWith('/clip')) {
        response.setHeader('content-type', 'text/html');
        response.end('<video muted></video>');
        return;
      }
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
      const start = Number(range?.[1] ?? 0);
      const end = range?.[2] ? Number(range[2]) + 1 : file.length;
      response.writeHead(range === null ? 200 : 206, {
        'content-type': 'video/mp4',
        'accept-ranges': 'bytes',
        'cache-control': 'no-store',
        'content-length': end - start,
        ...(range && { 'content-range': `bytes ${start}-${end - 1}/${file.length}` }),
      });
      if (stallAfterBytes === 0) response.end(file.subarray(start, end));
      else response.write(file.subarray(start, Math.min(end, start + stallAfterBytes)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath, headless: true, args: flags });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });

  after(async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('knows the duration before it has read half of the file', async () => {
    stallAfterBytes = Math.floor(file.length / 2);
    assert.equal(await page.evaluate(loadAndTell('/clip1.mp4')), seconds);
  });

  it('shows the right picture wherever it is sent', async () => {
    stallAfterBytes = 0;
    assert.equal(await page.evaluate(loadAndTell('/clip2.mp4')), seconds);
    for (const second of [9, 3, 11, 0, 6]) {
      const brightness = await page.evaluate(seekAndLook, second + 0.55);
      // Limited range luma of 60 + 10 a second, as sRGB.
      const expected = ((60 + 10 * second - 16) * 255) / 219;
      assert.ok(Math.abs(brightness - expected) < 5, `second ${second}: ${brightness} instead of ${expected}`);
    }
  });
});

// Both run in the page, where there is a DOM; the server's types know none.
const loadAndTell = (url: string): string => `(async () => {
  const video = document.querySelector('video');
  const loaded = new Promise((resolve, reject) => {
    video.onloadedmetadata = () => resolve();
    video.onerror = () => reject(new Error(video.error.message));
    setTimeout(() => reject(new Error('no metadata in 20 s')), 20000);
  });
  video.src = '${url}';
  await loaded;
  return video.duration;
})()`;

async function seekAndLook(seconds: number): Promise<number> {
  // biome-ignore lint/suspicious/noExplicitAny: the page's globals
  const { document } = globalThis as any;
  const video = document.querySelector('video');
  await new Promise<void>((resolve, reject) => {
    video.onseeked = () => resolve();
    video.onerror = () => reject(new Error(video.error.message));
    setTimeout(() => reject(new Error('no picture in 10 s')), 10_000);
    video.currentTime = seconds;
  });
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i];
  return sum / (data.length / 4);
}
