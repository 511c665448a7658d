/**
 * Session descriptions (RFC 4566) as cameras and phones write them. Reading never fails: what can't be understood is left
 * out, and a description without a usable track has no tracks. One pass, bounded by the body limit and `maxTracks`.
 */

export interface SdpTrack {
  readonly kind: 'video' | 'audio';
  /** The name of RFC 6838 in upper case: `H264`, `H265`, `MPEG4-GENERIC`, `OPUS`, `PCMA`, `PCMU`; empty if not told. */
  readonly encoding: string;
  /** RTP ticks a second, in Hz; 0 if not told. */
  readonly clockRate: number;
  readonly channels?: number;
  /** 0 to 127. */
  readonly payloadType: number;
  /** Parameters of the payload format, names in lower case, no prototype. Values are the other side's text. */
  readonly fmtp: Record<string, string>;
  /** As written: relative, absolute, or empty where missing. */
  readonly control: string;
}

export interface SessionDescription {
  /** Control URL of the whole session; empty where missing. */
  readonly control: string;
  /** Video and audio in order of appearance; other media are left out. */
  readonly tracks: readonly SdpTrack[];
}

const maxTracks = 8;
const highestClockRate = 1_000_000;
const mostChannels = 64;

/** RFC 3551 §6: payload types that need no rtpmap. */
const staticTypes: Readonly<Record<number, { encoding: string; clockRate: number; channels?: number }>> = {
  0: { encoding: 'PCMU', clockRate: 8000, channels: 1 },
  8: { encoding: 'PCMA', clockRate: 8000, channels: 1 },
  26: { encoding: 'JPEG', clockRate: 90_000 },
};

interface Media {
  readonly kind: 'video' | 'audio';
  readonly formats: readonly number[];
  readonly rtpmap: Map<number, { encoding: string; clockRate: number; channels?: number }>;
  readonly fmtp: Map<number, Record<string, string>>;
  control: string;
}

/** @param body Latin-1 or UTF-8; only ASCII matters */
export function parseSdp(body: Uint8Array): SessionDescription {
  const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    .toString('latin1')
    .split(/\r\n|\n|\r/);
  const media: Media[] = [];
  let control = '';
  /** `skipped` is a media section that is of no use; what follows belongs to it and not to the session. */
  let current: Media | 'session' | 'skipped' = 'session';
  for (const line of lines) {
    if (line.startsWith('m=')) {
      current = media.length < maxTracks ? (parseMedia(line.slice(2)) ?? 'skipped') : 'skipped';
      if (current !== 'skipped') media.push(current);
    } else if (line.startsWith('a=') && current !== 'skipped') {
      const colon = line.indexOf(':');
      if (colon === -1) continue;
      const name = line.slice(2, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (current !== 'session') readAttribute(current, name, value);
      else if (name === 'control') control = value;
    }
  }
  return { control, tracks: media.map(trackOf) };
}

/** `video 0 RTP/AVP 96 97`, undefined for what isn't video or audio over RTP. */
function parseMedia(text: string): Media | undefined {
  const [kind, , protocol, ...formats] = text.trim().split(/\s+/, 16);
  if (kind !== 'video' && kind !== 'audio') return undefined;
  if (protocol === undefined || !/^(?:RTP|TCP)\//i.test(protocol)) return undefined;
  const types = formats.filter((format) => /^\d{1,3}$/.test(format) && Number(format) < 128).map(Number);
  if (types.length === 0) return undefined;
  return { kind, formats: types, rtpmap: new Map(), fmtp: new Map(), control: '' };
}

function readAttribute(media: Media, name: string, value: string): void {
  if (name === 'control') {
    media.control = value;
    return;
  }
  if (name !== 'rtpmap' && name !== 'fmtp') return;
  const match = /^(\d{1,3})\s+(.*)$/s.exec(value);
  const type = Number(match?.[1]);
  if (match === null || !media.formats.includes(type)) return;
  if (name === 'fmtp') {
    media.fmtp.set(type, parseParameters(match[2]!));
    return;
  }
  const [encoding, rate, channels] = match[2]!.trim().split('/');
  const clockRate = wholeNumber(rate, highestClockRate);
  if (encoding === undefined || !/^[\w.+-]{1,40}$/.test(encoding) || clockRate === undefined) return;
  const count = wholeNumber(channels, mostChannels);
  media.rtpmap.set(type, {
    encoding: encoding.toUpperCase(),
    clockRate,
    ...(count === undefined ? {} : { channels: count }),
  });
}

function wholeNumber(text: string | undefined, highest: number): number | undefined {
  if (text === undefined || !/^\d{1,9}$/.test(text.trim())) return undefined;
  const value = Number(text);
  return value >= 1 && value <= highest ? value : undefined;
}

function parseParameters(text: string): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null);
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '') parameters[name] = equals === -1 ? '' : part.slice(equals + 1).trim();
  }
  return parameters;
}

function trackOf(media: Media): SdpTrack {
  // Several formats in one section are alternatives: the first that is explained.
  const payloadType = media.formats.find((type) => media.rtpmap.has(type)) ?? media.formats[0]!;
  const map = media.rtpmap.get(payloadType) ?? staticTypes[payloadType] ?? { encoding: '', clockRate: 0 };
  return {
    kind: media.kind,
    ...map,
    payloadType,
    fmtp: media.fmtp.get(payloadType) ?? Object.create(null),
    control: media.control,
  };
}

/** The description of `tracks` for a player; controls are relative to the Content-Base. */
export function writeSdp(name: string, tracks: readonly SdpTrack[]): Buffer {
  const clean = (text: string): string => text.replace(/[^\x20-\x7e]/g, '');
  const lines = [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    `s=${clean(name) || '-'}`,
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=control:*',
  ];
  for (const track of tracks) {
    const channels = track.channels === undefined ? '' : `/${track.channels}`;
    lines.push(`m=${track.kind} 0 RTP/AVP ${track.payloadType}`);
    lines.push(`a=rtpmap:${track.payloadType} ${clean(track.encoding)}/${track.clockRate}${channels}`);
    const parameters = Object.entries(track.fmtp).map(([key, value]) => clean(value === '' ? key : `${key}=${value}`));
    if (parameters.length > 0) lines.push(`a=fmtp:${track.payloadType} ${parameters.join(';')}`);
    lines.push(`a=control:${clean(track.control)}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
}
