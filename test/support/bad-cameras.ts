/** The simulated bad camera in the real system, beside good cameras that must not notice. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Camera } from './camera.ts';
import { startCamera } from './camera.ts';
import type { Started } from './process.ts';
import { eventually, run, start } from './process.ts';
import type { System } from './sentrix.ts';
import { Site } from './sentrix.ts';
import { shared } from './shared.ts';

/** The states that each mode may lead to, with the code that says why; `live`: the camera sends, whatever it is. */
export const badModes: Readonly<Record<string, readonly string[]>> = {
  silent: ['unreachable camera/unreachable'],
  close: ['unreachable camera/closed'],
  reset: ['unreachable camera/closed'],
  'options-then-silent': ['unreachable camera/unreachable'],
  'play-then-silent': ['stalled camera/stalled'],
  garbage: ['unreachable camera/not-rtsp'],
  'garbage-after-play': ['unreachable camera/protocol'],
  'http-page': ['unreachable camera/not-rtsp'],
  'endless-header': ['unreachable camera/protocol'],
  'endless-headers': ['unreachable camera/protocol'],
  'huge-content-length': ['unreachable camera/protocol'],
  'bad-content-length': ['unreachable camera/protocol'],
  '401-loop': ['unauthorized camera/unauthorized'],
  'odd-challenge': ['unauthorized camera/unauthorized'],
  downgrade: ['unauthorized camera/unauthorized'],
  'downgrade-later': ['unauthorized camera/unauthorized'],
  redirect: ['unreachable camera/redirected'],
  'redirect-scheme': ['unreachable camera/redirected'],
  'redirect-loop': ['unreachable camera/redirected'],
  'sdp-other-host': ['unreachable camera/protocol'],
  'sdp-many': ['unreachable camera/protocol'],
  'sdp-broken': ['unreachable camera/no-video', 'unreachable camera/protocol'],
  truncated: ['unreachable camera/protocol', 'unreachable camera/closed', 'stalled camera/stalled'],
  'short-rtp': ['stalled camera/stalled'],
  'endless-nal': ['stalled camera/stalled', 'unreachable camera/closed'],
  'endless-gop': ['live'],
  'time-travel': ['live'],
  'unknown-channel': ['stalled camera/stalled'],
  'wrong-cseq': ['unreachable camera/unreachable'],
  drip: ['unreachable camera/unreachable'],
  'drip-rtp': ['stalled camera/stalled'],
  'server-requests': ['stalled camera/stalled'],
  'control-characters': ['unauthorized camera/unauthorized'],
};

const password = 'the-secret-of-the-bad-camera';
const viewerPassword = 'watch-only-with-this-long-password';

export interface CameraState {
  readonly id: string;
  readonly fps: number;
  readonly state: { readonly kind: string; readonly code: string | null; readonly detail: string | null };
}

/** A system with one good camera, to which bad ones come and go. */
export class BadCameras implements AsyncDisposable {
  readonly site: Site;
  readonly system: System;
  readonly urls: Readonly<Record<string, string>>;
  readonly #good: Camera;
  readonly #bad: Started;

  private constructor(site: Site, system: System, good: Camera, bad: Started, urls: Readonly<Record<string, string>>) {
    this.site = site;
    this.system = system;
    this.#good = good;
    this.#bad = bad;
    this.urls = urls;
  }

  static async start(modes: readonly string[]): Promise<BadCameras> {
    const good = await startCamera({ clip: 'visits-sub.mp4', auth: 'open' });
    const bad = start('/usr/bin/python3', [
      join(shared, 'cameras', 'misbehave.py'),
      ...['--mode', modes.join(','), '--port', '0', '--user', 'cam', '--password', password],
    ]);
    const { urls } = await bad.line<{ urls: Record<string, string> }>((value) => value['ready'] === true);
    const site = await Site.create((at) => configuration(at, good.urls[0]!, {}));
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('watcher', 'viewer', viewerPassword, ['--stream', '--camera', 'all']);
    // Those that ask for a password and look at what they get.
    for (const mode of modes.filter((one) => /401|challenge|downgrade|redirect|control/.test(one))) {
      const source = urls[mode]!.replace('rtsp://', 'rtsp://cam@');
      const added = await site.run(['camera', 'add', mode, '--source', source, '--password-stdin'], `${password}\n`);
      assert.equal(added.code, 0, added.output);
    }
    await site.configure(configuration(site, good.urls[0]!, {}));
    const system = await site.start();
    await system.login('owner', 'correct horse battery');
    const made = new BadCameras(site, system, good, bad, urls);
    await eventually('the good camera is live', async () => (await made.states()).find(isGoodAndLive));
    return made;
  }

  /** From now on these modes are cameras, and no others. */
  async show(modes: readonly string[]): Promise<void> {
    const shown = Object.fromEntries(modes.map((mode) => [mode, this.urls[mode]!]));
    await this.site.configure(configuration(this.site, this.#good.urls[0]!, shown));
    this.system.process.child.kill('SIGHUP');
    await eventually('the cameras are those of the configuration', async () => {
      const ids = (await this.states()).map(({ id }) => id);
      return ids.length === modes.length + 1 ? ids : undefined;
    });
  }

  async states(): Promise<readonly CameraState[]> {
    return (await this.system.ask('/api/cameras')).json<{ cameras: CameraState[] }>().cameras;
  }

  /** Resolves when the camera's state is one of those that its mode may lead to. */
  async expected(mode: string, limitMs: number): Promise<void> {
    let seen = '';
    const allowed = badModes[mode]!;
    await eventually(
      `${mode} is ${allowed.join(' or ')}`,
      async () => {
        const found = (await this.states()).find(({ id }) => id === mode);
        assert.doesNotMatch(found?.state.detail ?? '', /[\p{Cc}<]/u);
        seen = found === undefined ? 'gone' : `${found.state.kind} ${found.state.code ?? ''}`.trim();
        return allowed.includes(seen) || undefined;
      },
      limitMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; last: ${seen}`);
    });
  }

  /**
   * Plays the good camera for some seconds.
   * @returns how many pictures came, and the longest span between two of them in ticks of 90 kHz
   */
  async watchGood(seconds: number): Promise<{ readonly pictures: number; readonly longestSpan: number }> {
    const url = new URL(`${this.system.ready.rtsp}/video/good`);
    url.username = 'watcher';
    url.password = viewerPassword;
    const { code, output } = await run(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'error', '-rtsp_transport', 'tcp', '-i', url.href, '-t', String(seconds)],
        ...['-c', 'copy', '-f', 'framehash', '-hash', 'crc32', '-'],
      ],
      { limitMs: (seconds + 20) * 1000 },
    );
    assert.equal(code, 0, output);
    const times = [...output.matchAll(/^0,\s*(\d+),/gm)].map((match) => Number(match[1]));
    const spans = times.slice(1).map((time, i) => time - times[i]!);
    return { pictures: times.length, longestSpan: Math.max(...spans) };
  }

  /** Resident memory of the system's main process, in MB. */
  residentMb(): number {
    const status = readFileSync(`/proc/${this.system.ready.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1000;
  }

  /** What the bad cameras saw, when all is over. */
  async summary(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
    this.#bad.child.kill('SIGTERM');
    const line = await this.#bad.line<{ summary: Record<string, Record<string, number>> }>(
      (value) => value['summary'] !== undefined,
    );
    return line.summary;
  }

  /** Nothing of what a camera sent, and no password, is in the log as it came. */
  checkLog(): void {
    const log = this.system.process.output();
    assert.equal(log.includes(password), false, 'the password is in the log');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    assert.doesNotMatch(log, /[\x00-\x09\x0b-\x1f\x7f]/);
    assert.doesNotMatch(log, /unhandled|uncaught/i);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system.process.stop();
    await this.#good.process.stop();
    await this.#bad.stop();
    await this.site.remove();
  }
}

function isGoodAndLive({ id, state }: CameraState): boolean {
  return id === 'good' && state.kind === 'live';
}

function configuration(site: Site, good: string, bad: Readonly<Record<string, string>>): string {
  const cameras = Object.entries(bad).map(([mode, url]) => `  - { name: ${mode}, source: "${url}" }`);
  return `
cameras:
  - { name: good, path: video/good, source: "${good}" }
${cameras.join('\n')}
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { mode: continuous, recordings_dir: "${site.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;
}
