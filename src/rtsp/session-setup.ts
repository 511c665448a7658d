/**
 * What sessions in both directions have in common: an id that is good on its connection alone, and SETUP for each track
 * (RFC 2326 §10.4). Packets go over this connection or not at all: any other transport is refused.
 */
import { randomBytes } from 'node:crypto';
import type { HeaderFields, RtspRequest } from './message.ts';
import { controlUrl, sameResource } from './request-url.ts';
import { parseSession, parseTransport } from './transport.ts';

export interface Reply {
  readonly status: number;
  readonly fields?: HeaderFields;
  readonly body?: Uint8Array;
  /** Run once the answer is written. */
  readonly after?: () => void;
}

export interface Channel {
  readonly track: number;
  readonly rtp: number;
  readonly rtcp: number;
  /** As it was asked for. */
  readonly uri: string;
}

export interface SessionSetupOptions {
  /** What the tracks' controls are relative to. */
  readonly baseUri: string;
  readonly controls: readonly string[];
  readonly mode: 'play' | 'record';
  readonly timeoutSeconds: number;
}

export class SessionSetup {
  readonly id = randomBytes(16).toString('hex');
  readonly channels: Channel[] = [];
  readonly #options: SessionSetupOptions;

  constructor(options: SessionSetupOptions) {
    this.#options = options;
  }

  /** Does the request belong to this session? One without the field does before there can be an id to name. */
  owns(request: RtspRequest): boolean {
    const field = request.headers.get('session');
    return field === undefined ? this.channels.length === 0 : parseSession(field)?.id === this.id;
  }

  setUp(request: RtspRequest): Reply {
    const { mode } = this.#options;
    const track = this.#trackOf(request.uri);
    if (track === undefined) return { status: 404 };
    if (this.channels.some((channel) => channel.track === track)) return { status: 455 };
    const other = mode === 'play' ? 'record' : 'play';
    const transports = parseTransport(request.headers.get('transport') ?? '');
    const transport = transports.find((candidate) => candidate.interleaved && candidate.mode !== other);
    if (transport === undefined) return { status: 461 };
    const used = this.channels.flatMap((channel) => [channel.rtp, channel.rtcp]);
    const [rtp, rtcp] = transport.channels ?? nextPair(used);
    if (rtcp > 255 || used.includes(rtp) || used.includes(rtcp)) return { status: 400 };
    this.channels.push({ track, rtp, rtcp, uri: request.uri });
    return this.reply([['Transport', `RTP/AVP/TCP;unicast;interleaved=${rtp}-${rtcp};mode=${mode}`]]);
  }

  reply(fields: HeaderFields = []): Reply {
    return { status: 200, fields: [...fields, ['Session', `${this.id};timeout=${this.#options.timeoutSeconds}`]] };
  }

  #trackOf(uri: string): number | undefined {
    const { baseUri, controls } = this.#options;
    const index = controls.findIndex((control) => {
      const url = control === '' ? undefined : controlUrl(baseUri, control);
      return url !== undefined && sameResource(url, uri);
    });
    if (index !== -1) return index;
    // A lone track may go by the name of the whole.
    return controls.length === 1 && sameResource(baseUri, uri) ? 0 : undefined;
  }
}

/** The pair after the highest channel in use, beginning with an even one. May lie beyond 255. */
function nextPair(used: readonly number[]): readonly [number, number] {
  const next = Math.max(-1, ...used) + 1;
  const rtp = next + (next % 2);
  return [rtp, rtp + 1];
}
