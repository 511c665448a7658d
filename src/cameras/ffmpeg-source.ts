/**
 * A source that ffmpeg reads: one attempt, from its start to its end. ffmpeg runs in the cage and writes FLV to a pipe; what
 * speaks HTTP is fetched by ourselves and goes in through a pipe, so that ffmpeg has neither network nor password.
 * Only RTMP it speaks itself, to the one address that the guard has looked at.
 *
 * Nothing is published to a port of ours: there is no token that another account of the machine could use first.
 */
import { realpath } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { AddressGuard } from '../base/address-guard.ts';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import type { Sandbox, SandboxedChild } from '../decoder/sandbox.ts';
import { endSandboxed, startSandboxed } from '../decoder/sandbox.ts';
import type { FlvItem } from '../media/flv-reader.ts';
import { FlvReader } from '../media/flv-reader.ts';
import type { AudioFormat, Sample, VideoFormat } from '../media/sample.ts';
import { closedByCamera, closedByUs } from '../rtsp/problems.ts';
import type { FfmpegInput } from './ffmpeg-arguments.ts';
import { addressList, ffmpegArguments, probeArguments } from './ffmpeg-arguments.ts';
import type { HttpCamera } from './http-request.ts';
import { askHttp } from './http-request.ts';

export interface FfmpegSourceOptions {
  readonly input: FfmpegInput;
  readonly audio: boolean;
  readonly sandbox: Sandbox;
  readonly guard: AddressGuard;
  /** How an `http` source is asked. */
  readonly http: Pick<HttpCamera, 'credentials' | 'digestSeen' | 'digestOffered' | 'accept'>;
  /** Folders and devices that a camera may read, absolute. */
  readonly allowed: { readonly files: readonly string[]; readonly devices: readonly string[] };
  readonly clock: Clock;
  /** Called in order. */
  readonly onSample: (sample: Sample) => void;
}

const answerMs = 8000;
const maxAddressBytes = 2 * 1024 ** 3;
const keptErrorBytes = 2048;
const probeMs = 5000;

/** Resolves with why it ended; never rejects but with a bug. */
export async function playFfmpeg(options: FfmpegSourceOptions, signal: AbortSignal): Promise<Problem> {
  try {
    return await play(options, signal);
  } catch (error) {
    if (error instanceof Problem) return signal.aborted ? closedByUs() : error;
    throw error;
  }
}

async function play(options: FfmpegSourceOptions, signal: AbortSignal): Promise<Problem> {
  const { input, audio, sandbox, guard, http } = options;
  switch (input.kind) {
    case 'http': {
      const dial = (host: string) => guard.dial(host);
      const camera = { url: input.url, dial, limitMs: answerMs, ...http };
      const body = await askHttp(camera, { method: 'GET' }, signal);
      const args = ffmpegArguments(input, { audio, copy: false }, body.headers['content-type']);
      return await run(options, { args, feed: body }, signal);
    }
    case 'rtmp': {
      const [address] = await guard.addresses(input.url.hostname.replace(/^\[|\]$/g, ''));
      const target = new URL(input.url);
      target.hostname = address!.includes(':') ? `[${address}]` : address!;
      const args = ffmpegArguments(input, { audio, copy: true });
      return await run(options, { args, feed: addressList(target.href), network: true }, signal);
    }
    case 'file': {
      const path = await permitted(input.path, options.allowed.files);
      const copy = (await codecOf(path, sandbox, signal)) === 'h264';
      const args = ffmpegArguments({ kind: 'file', path }, { audio, copy });
      return await run(options, { args, readable: [path] }, signal);
    }
    case 'device': {
      if (!options.allowed.devices.includes(input.path)) throw notAllowed();
      const args = ffmpegArguments(input, { audio: false, copy: false });
      return await run(options, { args, devices: [input.path] }, signal);
    }
    default:
      return input satisfies never;
  }
}

/** The file itself, behind whatever links lead to it. @throws Problem `camera/file-not-allowed`, `camera/unreachable` */
async function permitted(path: string, folders: readonly string[]): Promise<string> {
  let real: string;
  try {
    real = await realpath(path);
  } catch (cause) {
    throw new Problem('camera/unreachable', 'the file is not there', { status: 503, cause });
  }
  for (const folder of folders) {
    const within = await realpath(folder).catch(() => undefined);
    if (within !== undefined && real.startsWith(within === '/' ? '/' : `${within}/`)) return real;
  }
  throw notAllowed();
}

function notAllowed(): Problem {
  return new Problem('camera/file-not-allowed', 'cameras may not read this', {
    status: 403,
    hint: 'an admin can allow it in advanced.ffmpeg.files or advanced.ffmpeg.devices',
  });
}

async function codecOf(path: string, sandbox: Sandbox, signal: AbortSignal): Promise<string> {
  const child = startSandboxed(sandbox, {
    ...{ command: 'ffprobe', args: probeArguments(path), readable: [path], maxAddressBytes },
  });
  child.stdin.on('error', () => {});
  child.stdin.end();
  const end = (): void => endSandboxed(child);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(probeMs)]);
  limit.addEventListener('abort', end, { once: true });
  let text = '';
  child.stdout.setEncoding('latin1').on('data', (part: string) => {
    if (text.length < 200) text += part;
  });
  child.stderr.resume();
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  limit.removeEventListener('abort', end);
  return /^[a-z0-9_]+/.exec(text)?.[0] ?? '';
}

interface Run {
  readonly args: readonly string[];
  /** For stdin. */
  readonly feed?: string | IncomingMessage;
  readonly readable?: readonly string[];
  readonly devices?: readonly string[];
  readonly network?: boolean;
}

async function run(options: FfmpegSourceOptions, { args, feed, ...needs }: Run, signal: AbortSignal): Promise<Problem> {
  const child = startSandboxed(options.sandbox, { command: 'ffmpeg', args, maxAddressBytes, ...needs });
  const line = new SampleLine(options);
  const reader = new FlvReader((item) => line.take(item));
  let cause: Problem | undefined;
  const stop = (reason: Problem): void => {
    cause ??= reason;
    endSandboxed(child);
  };
  const onAbort = (): void => stop(closedByUs());
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  child.stdout.on('data', (chunk: Buffer) => {
    if (cause === undefined && !reader.push(chunk)) stop(notReadable());
  });
  let errors = 0;
  // Its words may hold the address and what the other side sent: how many there were must do.
  child.stderr.on('data', (chunk: Buffer) => {
    errors = Math.min(keptErrorBytes, errors + chunk.length);
  });
  // EPIPE: the process is going; its end says why.
  child.stdin.on('error', () => {});
  if (typeof feed === 'object') pump(feed, child, stop);
  else child.stdin.end(feed);
  await new Promise<void>((resolve) => {
    child.once('error', (error) => {
      cause ??= new Problem('decoder/unavailable', 'ffmpeg could not be started', {
        ...{ status: 503, hint: 'install ffmpeg', cause: error },
      });
      resolve();
    });
    child.once('close', () => resolve());
  });
  signal.removeEventListener('abort', onAbort);
  if (typeof feed === 'object') feed.destroy();
  return cause ?? (line.samples > 0 ? closedByCamera() : notReadable());
}

/** The body into ffmpeg, as fast as it reads: a slow one holds the sender up, not our memory. */
function pump(body: IncomingMessage, child: SandboxedChild, stop: (reason: Problem) => void): void {
  body.on('data', (chunk: Buffer) => {
    if (!child.stdin.write(chunk)) body.pause();
  });
  child.stdin.on('drain', () => body.resume());
  body.once('close', () => {
    if (body.complete) child.stdin.end();
    else stop(closedByCamera());
  });
  body.on('error', () => stop(closedByCamera()));
}

function notReadable(): Problem {
  return new Problem('camera/no-video', 'ffmpeg finds no video there that it can read', {
    status: 503,
    hint: 'look whether the source plays in another program',
  });
}

/** FLV's packets as samples on one line of time. */
class SampleLine {
  samples = 0;
  readonly #options: Pick<FfmpegSourceOptions, 'onSample' | 'clock'>;
  #video: VideoFormat | undefined;
  #audio: AudioFormat | undefined;
  #lastDts = Number.NEGATIVE_INFINITY;
  #lastSound = Number.NEGATIVE_INFINITY;

  constructor(options: Pick<FfmpegSourceOptions, 'onSample' | 'clock'>) {
    this.#options = options;
  }

  take(item: FlvItem): void {
    const { onSample, clock } = this.#options;
    const usual = { at: clock.now(), damaged: false, discontinuity: false };
    switch (item.kind) {
      case 'format':
        if (item.format.kind === 'video') this.#video = item.format;
        else this.#audio = item.format;
        return;
      case 'video': {
        if (this.#video === undefined) return;
        // Times are whole ms: two pictures may have the same one.
        const dtsTicks = Math.max(item.dtsMs * 90, this.#lastDts + 1);
        this.#lastDts = dtsTicks;
        const ptsTicks = Math.max(item.ptsMs * 90, dtsTicks);
        this.samples++;
        onSample({ format: this.#video, ptsTicks, dtsTicks, keyframe: item.keyframe, data: item.data, ...usual });
        return;
      }
      case 'audio': {
        if (this.#audio === undefined) return;
        const ticks = Math.max(Math.round((item.ptsMs * this.#audio.timeScale) / 1000), this.#lastSound + 1);
        this.#lastSound = ticks;
        onSample({ format: this.#audio, ptsTicks: ticks, dtsTicks: ticks, keyframe: true, data: item.data, ...usual });
        return;
      }
      default:
        item satisfies never;
    }
  }
}
