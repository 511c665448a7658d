/**
 * What RTSP players get of one stream: the packets of its source as they came; or, where samples came by another way,
 * packets made of them, as long as anybody plays.
 */
import { randomInt } from 'node:crypto';
import { Problem } from '../base/problem.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { Packetizer } from '../rtp/packetizer.ts';
import type { SenderReport } from '../rtp/rtcp.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import type { PlayFeed, PlaySink } from '../rtsp/server-hooks.ts';
import { PacketRelay } from './packet-relay.ts';
import type { PacketSource, Stream } from './stream.ts';

export class PlayFeeds {
  readonly #stream: Stream;
  readonly #name: string;
  #made: MadePackets | undefined;

  constructor(stream: Stream, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  /** @throws Problem `stream/not-live` (503) */
  open(): PlayFeed {
    const stream = this.#stream;
    const { format, source } = stream;
    if (format === undefined || stream.state.kind !== 'live') {
      throw new Problem('stream/not-live', 'there is no picture at the moment', { status: 503, retryAfterSeconds: 5 });
    }
    if (source !== undefined) return sourceFeed(this.#name, source, format);
    if (this.#made?.format !== format) {
      this.#made?.close();
      this.#made = new MadePackets(stream, format);
    }
    return this.#made.feed(this.#name);
  }

  /** The camera goes. */
  close(): void {
    const reason = new Problem('stream/ended', 'the camera was removed', { status: 503 });
    this.#made?.close();
    this.#stream.source?.close(reason);
  }
}

function sourceFeed(name: string, source: PacketSource, format: VideoFormat): PlayFeed {
  const { relay } = source;
  return {
    name,
    tracks: relay.tracks.map((track) =>
      track.kind === 'video' ? { ...track, fmtp: fmtpOf(format, track.fmtp) } : track,
    ),
    newestGop: () => relay.newestGop(),
    join: (sink) => relay.join(sink),
    newest: (track) => source.newest(track),
  };
}

/** The camera's parameters, with the parameter sets in use: some cameras send them in the stream only, or others there. */
function fmtpOf({ codec, parameterSets }: VideoFormat, camera: SdpTrack['fmtp']): SdpTrack['fmtp'] {
  const texts = parameterSets.map((set) => Buffer.from(set).toString('base64'));
  if (codec === 'h264') {
    const profile = Buffer.from(parameterSets[0]?.subarray(1, 4) ?? []).toString('hex');
    return {
      'packetization-mode': '1',
      ...camera,
      'profile-level-id': profile,
      'sprop-parameter-sets': texts.join(','),
    };
  }
  const [vps = '', sps = '', ...pps] = texts;
  return { ...camera, 'sprop-vps': vps, 'sprop-sps': sps, 'sprop-pps': pps.join(',') };
}

const madePayloadType = 96;
const noCamera: SdpTrack['fmtp'] = {};

/** Packets of a stream's samples, of one format; made from when the first player comes until the last one goes. */
class MadePackets {
  readonly format: VideoFormat;
  readonly #stream: Stream;
  readonly #ssrc = randomInt(2 ** 32);
  readonly #track: SdpTrack;
  #relay: PacketRelay | undefined;
  #unsubscribe: (() => void) | undefined;
  #newest: SenderReport | undefined;

  constructor(stream: Stream, format: VideoFormat) {
    this.#stream = stream;
    this.format = format;
    this.#track = {
      kind: 'video',
      encoding: format.codec === 'h264' ? 'H264' : 'H265',
      clockRate: format.timeScale,
      payloadType: madePayloadType,
      fmtp: fmtpOf(format, noCamera),
      control: '',
    };
  }

  feed(name: string): PlayFeed {
    return {
      name,
      tracks: [this.#track],
      newestGop: () => this.#start().newestGop(),
      join: (sink) => this.#join(sink),
      newest: () => this.#newest,
    };
  }

  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    const relay = this.#relay;
    this.#relay = undefined;
    relay?.end(new Problem('stream/changed', 'the stream begins anew', { status: 503 }));
  }

  #join(sink: PlaySink): () => void {
    const relay = this.#start();
    const leave = relay.join(sink);
    return () => {
      leave();
      if (relay.players === 0 && this.#relay === relay) this.close();
    };
  }

  #start(): PacketRelay {
    if (this.#relay !== undefined) return this.#relay;
    const relay = new PacketRelay([this.#track]);
    const packetizer = new Packetizer({
      payloadType: madePayloadType,
      ssrc: this.#ssrc,
      firstSequence: randomInt(2 ** 16),
    });
    const take = (sample: Sample): void => {
      if (sample.format.kind !== 'video') return;
      for (const packet of packetizer.packets(sample)) relay.packet(0, packet);
      this.#newest = { ssrc: this.#ssrc, at: sample.at, rtpTimestamp: sample.ptsTicks >>> 0 };
    };
    for (const sample of this.#stream.ring.newest()) if (sample.format === this.format) take(sample);
    this.#relay = relay;
    this.#unsubscribe = this.#stream.subscribe({
      sample: (sample) => {
        const isOther = sample.format.kind === 'video' && sample.format !== this.format;
        if (isOther || sample.discontinuity) this.close();
        else take(sample);
      },
    });
    return relay;
  }
}
