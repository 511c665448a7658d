/** Connects to a camera once and says what it sends: what `camera test` and the dashboard's form ask before trusting it. */
import type { Dial } from '../base/address-guard.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { createDepacketizer } from '../rtp/depacketizer.ts';
import { playRtsp } from '../rtsp/client.ts';

export interface ProbeOptions {
  readonly url: URL;
  readonly credentials?: { readonly username: string; readonly password: Secret };
  readonly digestSeen: boolean;
  /** Fingerprint of the certificate that the camera is known by; without it, whatever it shows is its first. */
  readonly pinned?: string;
  /** Of the URL's host. @throws Problem where we don't connect to it */
  readonly dial: () => Dial;
  readonly clock: Clock;
  readonly log: Log;
  /** For everything: connection, first keyframe, a second of pictures. */
  readonly limitMs?: number;
}

export interface ProbedCamera {
  readonly codec: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
}

/** Long GOPs included, a first keyframe and a second of pictures come within this time. */
const defaultLimitMs = 20_000;
const enoughPictures = 20;

/** @throws Problem `camera/…` that says what is wrong */
export async function probeCamera(options: ProbeOptions, signal: AbortSignal): Promise<ProbedCamera> {
  const { url, credentials, digestSeen, pinned, clock, log } = options;
  const accept = (fingerprint: string, trusted: boolean): boolean =>
    trusted || pinned === undefined || fingerprint === pinned;
  const times: number[] = [];
  const seen = Promise.withResolvers<VideoFormat>();
  // Nobody waits for it where the connection fails first; a rejection without a listener would end the process.
  seen.promise.catch(() => {});
  using limit = timeLimit(
    options.limitMs ?? defaultLimitMs,
    new Problem('camera/stalled', 'no picture came', { status: 503 }),
  );
  limit.signal.addEventListener('abort', () => seen.reject(limit.signal.reason));
  let depacketizers: ReturnType<typeof createDepacketizer>[] = [];
  const playing = await playRtsp(
    {
      url,
      ...(credentials === undefined ? {} : { credentials }),
      digestSeen,
      audio: false,
      tls: { accept },
      dial: options.dial,
      clock,
      log,
    },
    {
      tracks: (tracks) => {
        depacketizers = tracks.map((track) =>
          createDepacketizer(track, {
            clock,
            onSample: ({ format, ptsTicks }) => {
              if (format.kind !== 'video') return;
              times.push(ptsTicks / format.timeScale);
              if (times.length >= enoughPictures) seen.resolve(format);
            },
          }),
        );
      },
      rtp: (track, packet, arrivalAt) => depacketizers[track]?.rtp(packet, arrivalAt),
      rtcp: (track, packet) => depacketizers[track]?.rtcp(packet, clock.now()),
    },
    AbortSignal.any([signal, limit.signal]),
  ).catch((error: unknown) => {
    // The connection says that we closed it; the caller wants to know why.
    throw limit.signal.aborted ? limit.signal.reason : error;
  });
  try {
    const ended = playing.ended.then((problem) => Promise.reject(problem));
    const format = await Promise.race([seen.promise, ended]);
    return probed(format, times);
  } finally {
    await playing.close();
  }
}

/**
 * The same of a source that is no RTSP.
 * @param play one try; resolves with why it ended
 */
export async function probeProgram(
  play: (onSample: (sample: Sample) => void, signal: AbortSignal) => Promise<Problem>,
  signal: AbortSignal,
): Promise<ProbedCamera> {
  using limit = timeLimit(defaultLimitMs, new Problem('camera/stalled', 'no picture came', { status: 503 }));
  const enough = new AbortController();
  const times: number[] = [];
  let format: VideoFormat | undefined;
  const problem = await play(
    (sample) => {
      if (sample.format.kind !== 'video') return;
      format = sample.format;
      times.push(sample.ptsTicks / sample.format.timeScale);
      if (times.length >= enoughPictures) enough.abort();
    },
    AbortSignal.any([signal, limit.signal, enough.signal]),
  );
  if (format === undefined || times.length < 2) throw limit.signal.aborted ? limit.signal.reason : problem;
  return probed(format, times);
}

function probed({ codec, width, height }: VideoFormat, times: readonly number[]): ProbedCamera {
  const spanSeconds = times.at(-1)! - times[0]!;
  const fps = spanSeconds > 0 ? Math.round(((times.length - 1) / spanSeconds) * 10) / 10 : null;
  return { codec, width, height, fps };
}

/** Aborts with `reason` after `ms`, unless what it limits has ended before. */
function timeLimit(ms: number, reason: Problem): Disposable & { readonly signal: AbortSignal } {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(reason), ms);
  return { signal: abort.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
