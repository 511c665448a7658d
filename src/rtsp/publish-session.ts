/**
 * One publication on one connection: ANNOUNCE, SETUP for each track, RECORD (RFC 2326 §10.3, §10.11), then packets. Its
 * id is good on this connection alone. Packets come over this connection or not at all: any other transport is refused.
 */
import { randomBytes } from 'node:crypto';
import type { Problem } from '../base/problem.ts';
import type { HeaderFields, RtspRequest } from './message.ts';
import { baseUrl, controlUrl, sameResource } from './request-url.ts';
import type { SdpTrack } from './sdp.ts';
import { parseSdp } from './sdp.ts';
import type { PublishSink } from './server-hooks.ts';
import { parseSession, parseTransport } from './transport.ts';

export interface Reply {
  readonly status: number;
  readonly fields?: HeaderFields;
}

/** What an ANNOUNCE describes, or why it can't be taken. */
export function announcedTracks(request: RtspRequest): readonly SdpTrack[] | Reply {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/sdp') return { status: 415 };
  const { tracks } = parseSdp(request.body);
  return tracks.length === 0 ? { status: 400 } : tracks;
}

interface Channel {
  readonly track: number;
  readonly rtp: number;
  readonly rtcp: number;
}

export class PublishSession {
  readonly id = randomBytes(16).toString('hex');
  readonly #announcedUri: string;
  readonly #tracks: readonly SdpTrack[];
  readonly #sink: PublishSink;
  readonly #timeoutSeconds: number;
  readonly #channels: Channel[] = [];
  #state: 'ready' | 'recording' | 'closed' = 'ready';
  #unknownFrames = 0;

  constructor(uri: string, tracks: readonly SdpTrack[], sink: PublishSink, timeoutSeconds: number) {
    this.#announcedUri = baseUrl(uri, undefined, undefined);
    this.#tracks = tracks;
    this.#sink = sink;
    this.#timeoutSeconds = timeoutSeconds;
  }

  get isRecording(): boolean {
    return this.#state === 'recording';
  }

  /** Frames on channels that nobody set up, or before RECORD. */
  get unknownFrames(): number {
    return this.#unknownFrames;
  }

  /** Does the request belong to this session? One without the field does before there can be an id to name. */
  owns(request: RtspRequest): boolean {
    const field = request.headers.get('session');
    return field === undefined ? this.#channels.length === 0 : parseSession(field)?.id === this.id;
  }

  setUp(request: RtspRequest): Reply {
    if (this.#state !== 'ready') return { status: 455 };
    const track = this.#trackOf(request.uri);
    if (track === undefined) return { status: 404 };
    if (this.#channels.some((channel) => channel.track === track)) return { status: 455 };
    const transports = parseTransport(request.headers.get('transport') ?? '');
    const transport = transports.find((candidate) => candidate.interleaved && candidate.mode !== 'play');
    if (transport === undefined) return { status: 461 };
    const used = this.#channels.flatMap((channel) => [channel.rtp, channel.rtcp]);
    const [rtp, rtcp] = transport.channels ?? nextPair(used);
    if (rtcp > 255 || used.includes(rtp) || used.includes(rtcp)) return { status: 400 };
    this.#channels.push({ track, rtp, rtcp });
    return this.#reply([['Transport', `RTP/AVP/TCP;unicast;interleaved=${rtp}-${rtcp};mode=record`]]);
  }

  record(): Reply {
    if (this.#state !== 'ready' || this.#channels.length === 0) return { status: 455 };
    this.#state = 'recording';
    return this.#reply();
  }

  keptAlive(): Reply {
    return this.#reply();
  }

  /** @returns whether it was media, which shows that the publisher lives */
  frame(channel: number, payload: Uint8Array, arrivalAt: number): boolean {
    if (this.#state === 'recording') {
      for (const { track, rtp, rtcp } of this.#channels) {
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

  #reply(fields: HeaderFields = []): Reply {
    return { status: 200, fields: [...fields, ['Session', `${this.id};timeout=${this.#timeoutSeconds}`]] };
  }

  #trackOf(uri: string): number | undefined {
    const index = this.#tracks.findIndex((track) => {
      const url = track.control === '' ? undefined : controlUrl(this.#announcedUri, track.control);
      return url !== undefined && sameResource(url, uri);
    });
    if (index !== -1) return index;
    // A lone track may go by the name of the whole.
    return this.#tracks.length === 1 && sameResource(this.#announcedUri, uri) ? 0 : undefined;
  }
}

/** The pair after the highest channel in use, beginning with an even one. May lie beyond 255. */
function nextPair(used: readonly number[]): readonly [number, number] {
  const next = Math.max(-1, ...used) + 1;
  const rtp = next + (next % 2);
  return [rtp, rtp + 1];
}
