/** One publication on one connection: ANNOUNCE, SETUP for each track, RECORD (RFC 2326 §10.3, §10.11), then packets. */
import type { Problem } from '../base/problem.ts';
import type { RtspRequest } from './message.ts';
import { baseUrl } from './request-url.ts';
import type { SdpTrack } from './sdp.ts';
import { parseSdp } from './sdp.ts';
import type { PublishSink } from './server-hooks.ts';
import type { Reply } from './session-setup.ts';
import { SessionSetup } from './session-setup.ts';

/** What an ANNOUNCE describes, or why it can't be taken. */
export function announcedTracks(request: RtspRequest): readonly SdpTrack[] | Reply {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/sdp') return { status: 415 };
  const { tracks } = parseSdp(request.body);
  return tracks.length === 0 ? { status: 400 } : tracks;
}

export class PublishSession {
  readonly kind = 'publish';
  readonly #setup: SessionSetup;
  readonly #sink: PublishSink;
  #state: 'ready' | 'recording' | 'closed' = 'ready';
  #unknownFrames = 0;

  constructor(uri: string, tracks: readonly SdpTrack[], sink: PublishSink, timeoutSeconds: number) {
    this.#setup = new SessionSetup({
      baseUri: baseUrl(uri, undefined, undefined),
      controls: tracks.map((track) => track.control),
      mode: 'record',
      timeoutSeconds,
    });
    this.#sink = sink;
  }

  get isRecording(): boolean {
    return this.#state === 'recording';
  }

  /** Frames on channels that nobody set up, or before RECORD. */
  get unknownFrames(): number {
    return this.#unknownFrames;
  }

  owns(request: RtspRequest): boolean {
    return this.#setup.owns(request);
  }

  setUp(request: RtspRequest): Reply {
    return this.#state === 'ready' ? this.#setup.setUp(request) : { status: 455 };
  }

  record(): Reply {
    if (this.#state !== 'ready' || this.#setup.channels.length === 0) return { status: 455 };
    this.#state = 'recording';
    return this.#setup.reply();
  }

  keptAlive(): Reply {
    return this.#setup.reply();
  }

  /** @returns whether it was media, which shows that the publisher lives */
  frame(channel: number, payload: Uint8Array, arrivalAt: number): boolean {
    if (this.#state === 'recording') {
      for (const { track, rtp, rtcp } of this.#setup.channels) {
        if (channel === rtp) {
          this.#sink.rtp(track, payload, arrivalAt);
          return true;
        }
        if (channel === rtcp) {
          this.#sink.rtcp(track, payload);
          return false;
        }
      }
    }
    this.#unknownFrames++;
    return false;
  }

  /** Tells the sink, once. */
  close(reason: Problem): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#sink.closed(reason);
  }
}
