/**
 * Keeps one camera connected: connect, watch that samples come, and after any end try again, with growing delays and
 * jitter. It never waits on the camera's word: five seconds without a sample are a stall, whatever the connection says.
 */
import type { Dial } from '../base/address-guard.ts';
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import { pause } from '../base/wait.ts';
import type { RtspPlaying } from '../rtsp/client.ts';
import { playRtsp } from '../rtsp/client.ts';
import { certificateChanged } from '../rtsp/problems.ts';
import { longestDelayMs, stalled, stallMs } from './attempts.ts';
import { cameraReturned } from './camera-return.ts';
import { RtpSource } from './rtp-source.ts';
import type { Stream } from './stream.ts';
import { asProblem } from './stream-state.ts';

export interface PullCredentials {
  readonly username: string;
  readonly password: Secret;
}

/** What the camera is known by. Fingerprints are those of `CameraTls`. */
export interface PullCertificate {
  /** Undefined before the first sight. */
  readonly pinned: () => Promise<string | undefined>;
  readonly firstSeen: (fingerprint: string) => Promise<void>;
  /** Another one was shown, and refused. */
  readonly changed: (fingerprint: string) => Promise<void>;
}

export interface PullOptions {
  readonly stream: Stream;
  /** Without user and password. */
  readonly url: URL;
  /** Sound too, where the camera has some that we can take. */
  readonly audio: boolean;
  /** Asked before each try, so that a mended password needs no restart. */
  readonly credentials: () => Promise<PullCredentials | undefined>;
  /** Has this camera ever offered Digest? Then it never gets the password in Basic. */
  readonly digestSeen: () => Promise<boolean>;
  readonly rememberDigest: () => Promise<void>;
  readonly certificate: PullCertificate;
  /** Of the URL's host, for each connection anew. @throws Problem where we don't connect to it */
  readonly dial: () => Dial;
  /** First delay between tries, in ms. */
  readonly reconnectMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A camera that hangs must be told from one that is slow, and the dashboard is promised to know within ten seconds. */
const limits = { requestMs: 8000, stallMs: stallMs + 1000 };
const reportMs = 5000;
/** After a refused password; a camera that came back is asked at once. */
const unauthorizedDelayMs = { first: 10_000, longest: 300_000 };

export async function pullCamera(options: PullOptions, signal: AbortSignal): Promise<void> {
  const { stream, clock } = options;
  const backoff = new Backoff(Math.min(options.reconnectMs, longestDelayMs), longestDelayMs);
  const politeBackoff = new Backoff(unauthorizedDelayMs.first, unauthorizedDelayMs.longest);
  while (!signal.aborted) {
    stream.connecting();
    const samplesBefore = stream.counters.samples;
    const problem = await connectOnce(options, signal);
    if (signal.aborted) return;
    if (stream.counters.samples > samplesBefore) backoff.reset();
    if (problem.code === 'camera/unauthorized') {
      const delayMs = politeBackoff.nextMs();
      stream.failed(problem, clock.now() + delayMs);
      await waitForReturn(options, delayMs, signal);
    } else {
      politeBackoff.reset();
      const delayMs = backoff.nextMs();
      stream.failed(problem, clock.now() + delayMs);
      await pause(delayMs, signal);
    }
  }
}

async function waitForReturn(options: PullOptions, delayMs: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const { port, protocol } = options.url;
  const target = { port: Number(port || (protocol === 'rtsps:' ? 322 : 554)) };
  const returned = cameraReturned(() => ({ ...options.dial(), ...target }), either);
  await Promise.race([pause(delayMs, either), returned]);
  done.abort();
  await returned;
}

/** One connection from its beginning to its end; resolves with why it ended. */
async function connectOnce(options: PullOptions, signal: AbortSignal): Promise<Problem> {
  const { stream, url, audio, clock, log } = options;
  let source: RtpSource | undefined;
  const attempt = new AbortController();
  let playing: RtspPlaying | undefined;
  let shown = '';
  let isFirst = false;
  let isChanged = false;
  const remember = (done: Promise<void>, event: string): void =>
    void done.catch((error: unknown) => log.error(describeError(error), event));
  try {
    const [credentials, digestSeen, pinned] = await Promise.all([
      options.credentials(),
      options.digestSeen(),
      url.protocol === 'rtsps:' ? options.certificate.pinned() : undefined,
    ]);
    const accept = (fingerprint: string, trusted: boolean): boolean => {
      shown = fingerprint;
      if (trusted || fingerprint === pinned) return true;
      isChanged = pinned !== undefined;
      isFirst = !isChanged;
      return isFirst;
    };
    playing = await playRtsp(
      {
        url,
        ...(credentials === undefined ? {} : { credentials }),
        digestSeen,
        audio,
        tls: { accept },
        dial: options.dial,
        limits,
        clock,
        log,
      },
      {
        tracks: (tracks) => {
          if (isFirst) remember(options.certificate.firstSeen(shown), 'certificate not remembered');
          source = new RtpSource({ stream, tracks, audio, clock, log });
        },
        rtp: (track, packet, arrivalAt) => source?.rtp(track, packet, arrivalAt),
        rtcp: (track, packet) => source?.rtcp(track, packet),
        digestOffered: () => remember(options.rememberDigest(), 'digest not remembered'),
      },
      AbortSignal.any([signal, attempt.signal]),
    );
    void sendReports(playing, () => source?.receiverReports() ?? [], attempt.signal);
    return await Promise.race([playing.ended, stalled(stream, attempt.signal), aborted(signal, attempt.signal)]);
  } catch (error) {
    if (!isChanged) return asProblem(error);
    remember(options.certificate.changed(shown), 'refused certificate not remembered');
    return certificateChanged();
  } finally {
    attempt.abort();
    source?.close(new Problem('stream/ended', 'the camera is not connected any more', { status: 503 }));
    await playing?.close();
  }
}

/** Tells the camera what came of its packets until `signal` aborts: some end a session whose receiver is silent. */
async function sendReports(
  playing: RtspPlaying,
  reports: () => ReturnType<RtpSource['receiverReports']>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // Half to one and a half times, so that reports of many cameras don't come together (RFC 3550 §6.3.1).
    await pause(reportMs * (0.5 + Math.random()), signal);
    if (signal.aborted) return;
    for (const { track, packet } of reports()) playing.rtcp(track, packet);
  }
}

/** Resolves when `signal` aborts; forgotten at the end of the attempt, lest each one of a long life is remembered. */
function aborted(signal: AbortSignal, attempt: AbortSignal): Promise<Problem> {
  return new Promise((resolve) => {
    const end = (): void => resolve(new Problem('camera/closed', 'the connection was closed'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true, signal: attempt });
  });
}
