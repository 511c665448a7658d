/**
 * Watching a camera: `playRtsp` goes from a URL to running RTP (RFC 2326 §10) over one TCP or TLS connection, and hands
 * out the packets as they are. It knows nothing of cameras' states or of trying again: one call is one attempt.
 *
 * It never trusts the other side with time (each answer, the whole set-up and the silence between packets have limits),
 * with memory (the reader's limits), with addresses (the configured host only) or with a password (`ClientAuthorization`).
 */
import type { Clock } from '../base/clock.ts';
import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import { ClientAuthorization } from './client-authorization.ts';
import type { CameraTls, DialCamera } from './client-connect.ts';
import { connectCamera } from './client-connect.ts';
import { ClientConnection } from './client-connection.ts';
import { ClientDialog } from './client-dialog.ts';
import { keepAlive } from './client-keepalive.ts';
import type { WantedTracks } from './client-setup.ts';
import { describe, setUpTracks } from './client-setup.ts';
import type { ClientCredentials } from './digest.ts';
import { IdleTimer } from './idle-timer.ts';
import { closedByUs, stalled, unreachable } from './problems.ts';
import { requestUrl } from './request-url.ts';
import type { SdpTrack } from './sdp.ts';

export interface ClientLimits {
  /** For connecting, and for each whole answer. */
  readonly requestMs: number;
  /** From the call to the answer to PLAY. */
  readonly setUpMs: number;
  /** Silence after PLAY, on all tracks together, that ends the attempt. */
  readonly stallMs: number;
  /** Longest time between keep-alives; a session that times out sooner makes it shorter. */
  readonly keepAliveMs: number;
  /** For saying good-bye. */
  readonly closeMs: number;
}

export const clientLimits: ClientLimits = {
  requestMs: 10_000,
  setUpMs: 15_000,
  stallMs: 5000,
  keepAliveMs: 30_000,
  closeMs: 1000,
};

export interface PlayOptions {
  /** `rtsp:` or `rtsps:`. User and password in it are ignored. */
  readonly url: URL;
  readonly credentials?: ClientCredentials;
  /** This camera has offered Digest before, on whatever connection: it never gets Basic. */
  readonly digestSeen: boolean;
  /** Audio too, where it is of a kind that can be stored. Default true. */
  readonly audio?: boolean;
  readonly tls?: CameraTls;
  /** Finds the host's addresses, and may refuse them. Left out: the system's resolver, and all of them. */
  readonly dial?: DialCamera;
  readonly limits?: Partial<ClientLimits>;
  readonly userAgent?: string;
  readonly clock?: Clock;
  readonly log: Log;
}

export interface PlayHandlers {
  /** Once, before the first packet: the tracks that were set up; their places here are the numbers of the others. */
  tracks(tracks: readonly SdpTrack[]): void;
  /** @param packet good until the call returns  @param arrivalAt UTC ms */
  rtp(track: number, packet: Uint8Array, arrivalAt: number): void;
  /** @param packet good until the call returns */
  rtcp(track: number, packet: Uint8Array): void;
  /**
   * The camera offered Digest, for the first time as far as `digestSeen` told. To be remembered even if this attempt fails,
   * lest a later one be talked into Basic.
   */
  digestOffered?(): void;
}

export interface RtspPlaying {
  readonly tracks: readonly SdpTrack[];
  readonly digestUsed: boolean;
  /** Resolves, never rejects, with why it is over. */
  readonly ended: Promise<Problem>;
  /** Sends RTCP of a track, at most 64 KiB. */
  rtcp(track: number, packet: Uint8Array): void;
  /** TEARDOWN, and the end within `closeMs`. May be called at any time and again. */
  close(): Promise<void>;
}

/**
 * @param signal ends the attempt and, later, the playing, as `close()` does
 * @throws Problem `camera/…` as listed in `problems.ts`
 */
export async function playRtsp(
  options: PlayOptions,
  handlers: PlayHandlers,
  signal: AbortSignal,
): Promise<RtspPlaying> {
  const limits = { ...clientLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  const begunMs = clock.monotonicMs();
  const socket = await connectCamera(
    options.url,
    options.dial,
    options.tls,
    Math.min(limits.requestMs, limits.setUpMs),
    signal,
  );
  const router = new PacketRouter(handlers);
  const { log } = options;
  const connection = new ClientConnection({
    socket,
    userAgent: options.userAgent ?? 'SentriX',
    clock,
    log,
    onFrame: (channel, payload, arrivalAt) => router.frame(channel, payload, arrivalAt),
  });
  const authorization = new ClientAuthorization(options.credentials, options.digestSeen, () =>
    handlers.digestOffered?.(),
  );
  const dialog = new ClientDialog(connection, authorization, limits.requestMs);
  const late = setTimeout(
    () => connection.end(unreachable(`the camera was not playing within ${limits.setUpMs / 1000} s`)),
    limits.setUpMs - (clock.monotonicMs() - begunMs),
  );
  const onAbort = (): void => connection.end(closedByUs());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) throw closedByUs();
    const description = await describe(dialog, options.url);
    const wanted: WantedTracks = { audio: options.audio ?? true };
    const { tracks, channels } = await setUpTracks(dialog, description, wanted);
    router.start(tracks, channels);
    await dialog.require('PLAY', description.aggregateUrl, [['Range', 'npt=0.000-']]);
    if (connection.endReason !== undefined) throw connection.endReason;
    signal.removeEventListener('abort', onAbort);
    return playing(connection, dialog, router, { tracks, digestUsed: authorization.digestUsed }, description, {
      limits,
      clock,
      log,
      signal,
    });
  } catch (error) {
    signal.removeEventListener('abort', onAbort);
    if (dialog.session !== undefined) void dialog.hangUp(requestUrl(options.url), limits.closeMs);
    else connection.end(closedByUs());
    throw error;
  } finally {
    clearTimeout(late);
  }
}

interface Surroundings {
  readonly limits: ClientLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

function playing(
  connection: ClientConnection,
  dialog: ClientDialog,
  router: PacketRouter,
  facts: Pick<RtspPlaying, 'tracks' | 'digestUsed'>,
  description: { readonly aggregateUrl: string; readonly methods: ReadonlySet<string> },
  { limits, clock, log, signal }: Surroundings,
): RtspPlaying {
  const stall = new IdleTimer(clock, limits.stallMs, () => connection.end(stalled(limits.stallMs)));
  router.onPacket = () => stall.touch();
  const stopKeepAlive = keepAlive(connection, dialog, description, limits.keepAliveMs, log);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      router.stop();
      stall.stop();
      stopKeepAlive();
      await dialog.hangUp(description.aggregateUrl, limits.closeMs);
    })();
    return closing;
  };
  const onAbort = (): void => void close();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const ended = connection.ended.then((reason) => {
    signal.removeEventListener('abort', onAbort);
    router.stop();
    stall.stop();
    stopKeepAlive();
    if (router.unknownFrames > 0) log.debug({ count: router.unknownFrames }, 'frames on unknown channels dropped');
    return closing === undefined ? reason : closedByUs();
  });
  const rtcp = (track: number, packet: Uint8Array): void => {
    const channel = router.rtcpChannel(track);
    if (channel !== undefined) connection.frame(channel, packet);
  };
  return { ...facts, ended, rtcp, close };
}

const headerBytes = 12;

/** From channel numbers to tracks. Whatever comes on other channels, too early or too late is dropped. */
class PacketRouter {
  readonly #handlers: PlayHandlers;
  #channels: readonly (readonly [rtp: number, rtcp: number])[] = [];
  /** Called for each packet that may be RTP. */
  onPacket: (() => void) | undefined;
  unknownFrames = 0;

  constructor(handlers: PlayHandlers) {
    this.#handlers = handlers;
  }

  start(tracks: readonly SdpTrack[], channels: readonly (readonly [rtp: number, rtcp: number])[]): void {
    this.#handlers.tracks(tracks);
    this.#channels = channels;
  }

  stop(): void {
    this.#channels = [];
  }

  /** Undefined after the end. */
  rtcpChannel(track: number): number | undefined {
    return this.#channels[track]?.[1];
  }

  frame(channel: number, payload: Uint8Array, arrivalAt: number): void {
    for (let track = 0; track < this.#channels.length; track++) {
      const [rtp, rtcp] = this.#channels[track]!;
      if (channel === rtp) {
        if (payload.length >= headerBytes) this.onPacket?.();
        this.#handlers.rtp(track, payload, arrivalAt);
        return;
      }
      if (channel === rtcp) {
        this.#handlers.rtcp(track, payload);
        return;
      }
    }
    this.unknownFrames++;
  }
}
