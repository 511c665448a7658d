/** Every mode of the simulated bad camera: each attempt ends in time, for the right reason, and nothing leaks. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import { pause } from '../base/wait.ts';
import { playRtsp } from './client.ts';
import { sharedFolder, startProgram } from './testing/programs.ts';

const shared = sharedFolder();
const skip = shared === undefined && 'the shared folder with the simulated bad camera is not there';

/** Attempts, and how each may end; `plays`: RTSP is in order, and what is wrong is for those who read the packets. */
const modes: Readonly<Record<string, { readonly attempts?: number; readonly codes: readonly string[] }>> = {
  silent: { codes: ['camera/unreachable'] },
  close: { codes: ['camera/closed'] },
  reset: { codes: ['camera/closed'] },
  'options-then-silent': { codes: ['camera/unreachable'] },
  'play-then-silent': { codes: ['camera/stalled'] },
  garbage: { codes: ['camera/not-rtsp'] },
  'garbage-after-play': { codes: ['camera/protocol'] },
  'http-page': { codes: ['camera/not-rtsp'] },
  'endless-header': { codes: ['camera/protocol'] },
  'endless-headers': { codes: ['camera/protocol'] },
  'huge-content-length': { codes: ['camera/protocol'] },
  'bad-content-length': { attempts: 9, codes: ['camera/protocol'] },
  '401-loop': { codes: ['camera/unauthorized'] },
  'odd-challenge': { attempts: 5, codes: ['camera/unauthorized'] },
  downgrade: { codes: ['camera/unauthorized'] },
  'downgrade-later': { attempts: 3, codes: ['camera/unauthorized'] },
  redirect: { codes: ['camera/redirected'] },
  'redirect-scheme': { attempts: 4, codes: ['camera/redirected'] },
  'redirect-loop': { codes: ['camera/redirected'] },
  'sdp-other-host': { codes: ['camera/protocol'] },
  'sdp-many': { codes: ['camera/protocol'] },
  'sdp-broken': { attempts: 8, codes: ['camera/no-video', 'camera/protocol'] },
  truncated: { codes: ['camera/protocol', 'camera/closed', 'camera/stalled'] },
  'short-rtp': { codes: ['plays'] },
  'endless-nal': { codes: ['plays', 'camera/closed'] },
  'endless-gop': { codes: ['plays', 'camera/closed'] },
  'time-travel': { codes: ['plays'] },
  'unknown-channel': { codes: ['camera/stalled'] },
  'wrong-cseq': { codes: ['camera/unreachable'] },
  drip: { codes: ['camera/unreachable'] },
  'drip-rtp': { codes: ['camera/stalled'] },
  'server-requests': { codes: ['camera/stalled'] },
  'control-characters': { codes: ['camera/unauthorized'] },
};

const playedMs = 6000;

interface Outcome {
  readonly code: string;
  readonly text: string;
  readonly tookMs: number;
}

async function attempt(url: URL, memory: { digestSeen: boolean }): Promise<Outcome> {
  const begun = performance.now();
  const abort = new AbortController();
  const outcome = (problem: Problem): Outcome => {
    return { code: problem.code, text: `${problem.detail} ${problem.hint}`, tookMs: performance.now() - begun };
  };
  try {
    const playing = await playRtsp(
      {
        url,
        credentials: { username: 'cam', password: new Secret('secret') },
        digestSeen: memory.digestSeen,
        log: silentLog,
      },
      {
        tracks: () => {},
        rtp: () => {},
        rtcp: () => {},
        digestOffered: () => {
          memory.digestSeen = true;
        },
      },
      abort.signal,
    );
    const over = new AbortController();
    const result = await Promise.race([playing.ended, pause(playedMs, over.signal)]);
    over.abort();
    await playing.close();
    return result === undefined ? { code: 'plays', text: '', tookMs: playedMs } : outcome(result);
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return outcome(error);
  }
}

describe('the simulated bad camera', { skip }, () => {
  it('is given up within 15 s for the right reason in every mode', async () => {
    await using camera = startProgram('python3', [join(shared!, 'cameras/misbehave.py'), '--mode', 'all']);
    const urls = (await camera.jsonLine())['urls'] as Record<string, string>;
    const before = process.memoryUsage().rss;
    assert.deepEqual(Object.keys(urls).toSorted(), Object.keys(modes).toSorted());
    await Promise.all(
      Object.entries(modes).map(async ([mode, { attempts = 1, codes }]) => {
        const memory = { digestSeen: false };
        for (let each = 0; each < attempts; each++) {
          const { code, text, tookMs } = await attempt(new URL(urls[mode]!), memory);
          assert.ok(codes.includes(code), `${mode}: ${code} ${text}`);
          assert.ok(tookMs < 15_500, `${mode}: ${tookMs} ms`);
          assert.match(text, /^[\x20-\x7e]*$/);
        }
      }),
    );
    const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20;
    camera.process.kill('SIGTERM');
    let line: Record<string, unknown>;
    do line = await camera.jsonLine();
    while (line['summary'] === undefined);
    const summary = line['summary'] as Record<string, Record<string, number>>;
    for (const [mode, { basic_leaked, victim }] of Object.entries(summary)) {
      assert.deepEqual({ basic_leaked, victim }, { basic_leaked: 0, victim: 0 }, mode);
    }
    // All modes at once, of which each alone is to stay below 20 MB.
    assert.ok(grownMiB < 33 * 20, `${grownMiB} MiB`);
  });
});
