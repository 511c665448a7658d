/** From a URL to tracks that are set up: OPTIONS, DESCRIBE and redirects, the choice of tracks, SETUP for each. */
import type { Problem } from '../base/problem.ts';
import type { ClientDialog } from './client-dialog.ts';
import { refusal } from './client-dialog.ts';
import type { RtspResponse } from './message.ts';
import { noVideo, protocol, redirected } from './problems.ts';
import { baseUrl, controlUrl, redirectTarget, requestUrl } from './request-url.ts';
import type { SdpTrack } from './sdp.ts';
import { parseSdp } from './sdp.ts';
import { parseTransport } from './transport.ts';

export interface Description {
  readonly tracks: readonly SdpTrack[];
  /** What relative controls are appended to. */
  readonly base: string;
  /** For PLAY, keep-alives and TEARDOWN. */
  readonly aggregateUrl: string;
  /** What the camera says that it knows; empty if it doesn't say. */
  readonly methods: ReadonlySet<string>;
}

const mostRedirects = 3;

/** @throws Problem */
export async function describe(dialog: ClientDialog, url: URL): Promise<Description> {
  let target = url;
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const uri = requestUrl(target);
    // Some cameras want to be greeted, some don't know OPTIONS: only a redirect in its answer matters.
    const options = await dialog.ask('OPTIONS', uri);
    let response: RtspResponse = options;
    if (!isRedirect(options)) response = await dialog.ask('DESCRIBE', uri, [['Accept', 'application/sdp']]);
    if (!isRedirect(response)) {
      if (response.status >= 300) throw refusal('DESCRIBE', response.status);
      return described(uri, options, response);
    }
    const next = redirectTarget(target, response.headers.get('location'));
    if (next === undefined) throw redirected('the camera sent us to another place, where we do not go');
    target = next;
  }
  throw redirected('the camera sent us round in a circle');
}

function isRedirect(response: RtspResponse): boolean {
  return response.status >= 300 && response.status < 400;
}

function described(uri: string, options: RtspResponse, response: RtspResponse): Description {
  const { headers, body } = response;
  const { tracks, control } = parseSdp(body);
  const base = baseUrl(uri, headers.get('content-base'), headers.get('content-location'));
  const methods = (options.headers.get('public') ?? '').toUpperCase().split(/[\s,]+/, 32);
  return {
    tracks,
    base,
    aggregateUrl: controlUrl(base, control) ?? base,
    methods: new Set(methods.filter((method) => method !== '')),
  };
}

export interface WantedTracks {
  readonly audio: boolean;
}

const videoEncodings = ['H264', 'H265'];
const audioEncodings = ['MPEG4-GENERIC', 'OPUS', 'PCMA', 'PCMU'];

export interface SetUp {
  readonly tracks: readonly SdpTrack[];
  /** The channels of each track, in the same order. */
  readonly channels: readonly (readonly [rtp: number, rtcp: number])[];
}

/** The first video that we can read, which must be had, and the first such audio, which may fail. @throws Problem */
export async function setUpTracks(
  dialog: ClientDialog,
  description: Description,
  wanted: WantedTracks,
): Promise<SetUp> {
  const find = (encodings: readonly string[]): SdpTrack | undefined =>
    description.tracks.find((track) => encodings.includes(track.encoding) && track.clockRate > 0);
  const video = find(videoEncodings);
  if (video === undefined) throw noVideo(description.tracks.map((track) => track.encoding.slice(0, 20)));
  const audio = wanted.audio ? find(audioEncodings) : undefined;
  const tracks: SdpTrack[] = [];
  const channels: (readonly [number, number])[] = [];
  for (const track of audio === undefined ? [video] : [video, audio]) {
    const pair = await setUp(dialog, description, track, tracks.length * 2);
    if (!isPair(pair)) {
      if (track === video) throw pair;
      continue;
    }
    if (channels.flat().some((channel) => pair.includes(channel))) {
      throw protocol('the camera put two tracks on one channel');
    }
    tracks.push(track);
    channels.push(pair);
  }
  return { tracks, channels };
}

function isPair(result: readonly [number, number] | Problem): result is readonly [number, number] {
  return Array.isArray(result);
}

/** The channels that the camera grants, or why it grants none. Throws what ends the whole attempt. */
async function setUp(
  dialog: ClientDialog,
  description: Description,
  track: SdpTrack,
  channel: number,
): Promise<readonly [number, number] | Problem> {
  const uri = controlUrl(description.base, track.control);
  if (uri === undefined) return protocol('the camera names a track by what cannot be a URL');
  const asked = `RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}`;
  const response = await dialog.ask('SETUP', uri, [['Transport', asked]]);
  if (response.status >= 300) return refusal('SETUP', response.status);
  const [granted] = parseTransport(response.headers.get('transport') ?? '');
  if (granted === undefined || !granted.interleaved) return protocol('the camera does not send over the connection');
  return granted.channels ?? [channel, channel + 1];
}
