/**
 * RTP packets of one track in, samples out. Packets that come before their turn wait a little for those that are missing;
 * what comes later still is dropped and counted. Whatever a camera sends is survived: counted, dropped or marked, never
 * thrown.
 */
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import { aacFormat } from '../media/aac.ts';
import { g711Format } from '../media/g711.ts';
import { nalType } from '../media/nal.ts';
import { opusFormat } from '../media/opus.ts';
import type { AudioFormat, Format, Sample, VideoCodec } from '../media/sample.ts';
import { AacReader, WholeFrameReader } from './audio.ts';
import { H264Reader } from './h264.ts';
import { H265Reader } from './h265.ts';
import { RtpHeader } from './packet.ts';
import { ParameterSets } from './parameter-sets.ts';
import type { PacketTime, PayloadReader } from './payload.ts';
import type { DamageReason } from './picture-assembler.ts';
import { PictureAssembler } from './picture-assembler.ts';
import type { ReportBlock } from './reception.ts';
import { Reception } from './reception.ts';
import { ReorderBuffer, reorderWindow } from './reorder-buffer.ts';
import type { SenderReport } from './rtcp.ts';
import { trySenderReport } from './rtcp.ts';
import { SequenceTracker } from './sequence.ts';
import type { TrackStats } from './stats.ts';
import { emptyStats } from './stats.ts';
import { Timeline } from './timeline.ts';
import { WallClock } from './wall-clock.ts';

export type { DamageReason } from './picture-assembler.ts';
export type { TrackStats } from './stats.ts';

/** A media section of an SDP, as far as depacketising needs it. */
export interface RtpTrack {
  readonly kind: 'video' | 'audio';
  /** Name in the `rtpmap`, in any case: H264, H265, MPEG4-GENERIC, OPUS, PCMA, PCMU. */
  readonly encoding: string;
  /** Hz. */
  readonly clockRate: number;
  /** Parameters of the `fmtp` line, names in lower case. */
  readonly fmtp: Readonly<Record<string, string>>;
  readonly channels?: number;
  /** Packets of another type are dropped; left out, all are taken. */
  readonly payloadType?: number;
}

export interface DepacketizerDeps {
  /** Called within `rtp()`. The sample's data is its own. */
  readonly onSample: (sample: Sample) => void;
  /** Something was lost or dropped. Called often on a bad network. */
  readonly onDamage?: (reason: DamageReason) => void;
  readonly clock: Clock;
  readonly limits?: { readonly pictureBytes?: number };
}

export interface Depacketizer {
  /** `packet` may be reused after the call. `arrivalAt` is UTC ms. Never throws but what `onSample` throws. Hot. */
  rtp(packet: Uint8Array, arrivalAt: number): void;
  rtcp(packet: Uint8Array, arrivalAt: number): void;
  readonly stats: Readonly<TrackStats>;
  /** The newest format; undefined until parameter sets are known. */
  readonly format: Format | undefined;
  /** The sender's clock minus ours in ms; undefined until it sends a report. */
  readonly clockSkewMs: number | undefined;
  /** Of the newest packet: its source, its timestamp, and when that was captured (UTC ms). Undefined before the first. */
  readonly newest: SenderReport | undefined;
  /** What came, for a report to the sender; undefined before the first packet. */
  reception(): ReportBlock | undefined;
}

const defaultPictureBytes = 4 * 1024 * 1024;
/** B-frames lie some pictures back, at most a second at slow frame rates. */
const videoReorderMs = 1000;

/** Throws Problem `rtp/unsupported` for an encoding or parameters that we can't take. */
export function createDepacketizer(track: RtpTrack, deps: DepacketizerDeps): Depacketizer {
  return new TrackDepacketizer(track, deps);
}

/** True when {@link createDepacketizer} knows the encoding; its parameters may still be refused. */
export function isSupportedEncoding(encoding: string): boolean {
  return ['H264', 'H265', 'MPEG4-GENERIC', 'OPUS', 'PCMA', 'PCMU'].includes(encoding.toUpperCase());
}

class TrackDepacketizer implements Depacketizer {
  readonly stats: TrackStats = emptyStats();
  readonly #payloadType: number | undefined;
  readonly #clock: Clock;
  readonly #reader: PayloadReader;
  readonly #currentFormat: () => Format | undefined;
  readonly #header = new RtpHeader();
  readonly #sequence = new SequenceTracker();
  readonly #early = new ReorderBuffer();
  readonly #reception: Reception;
  readonly #timeline: Timeline;
  readonly #wallClock: WallClock;
  readonly #time: PacketTime = { ticks: 0, at: 0, discontinuity: false, lost: false, marker: false };
  #ssrc = -1;
  #lastTicks = Number.NaN;
  #lastTimestamp = 0;

  constructor(track: RtpTrack, deps: DepacketizerDeps) {
    if (!Number.isInteger(track.clockRate) || track.clockRate < 1000 || track.clockRate > 1_000_000)
      throw unsupported('the clock rate of a track is out of range');
    this.#payloadType = track.payloadType;
    this.#clock = deps.clock;
    const { clockRate } = track;
    this.#reception = new Reception(clockRate);
    this.#timeline = new Timeline({ clockRate, reorderMs: track.kind === 'video' ? videoReorderMs : 0 });
    this.#wallClock = new WallClock({ clockRate });
    const encoding = track.encoding.toUpperCase();
    if (encoding === 'H264' || encoding === 'H265') {
      const codec = encoding === 'H264' ? 'h264' : 'h265';
      if (clockRate !== 90_000) throw unsupported('video must have a clock rate of 90000');
      const sets = new ParameterSets(codec);
      offerSprop(sets, codec, track.fmtp);
      const picture = new PictureAssembler({
        codec,
        sets,
        stats: this.stats,
        maxPictureBytes: deps.limits?.pictureBytes ?? defaultPictureBytes,
        onSample: deps.onSample,
        onDamage: deps.onDamage ?? (() => {}),
      });
      this.#reader =
        codec === 'h264'
          ? new H264Reader(picture)
          : new H265Reader(picture, Number(track.fmtp['sprop-max-don-diff'] ?? 0) > 0);
      this.#currentFormat = () => sets.format;
    } else {
      const format = audioFormat(track, encoding);
      const options = { format, stats: this.stats, onSample: deps.onSample };
      this.#reader =
        encoding === 'MPEG4-GENERIC' ? new AacReader(options, aacLayout(track.fmtp)) : new WholeFrameReader(options);
      this.#currentFormat = () => format;
    }
  }

  get format(): Format | undefined {
    return this.#currentFormat();
  }

  get clockSkewMs(): number | undefined {
    return this.#wallClock.skewMs;
  }

  get newest(): SenderReport | undefined {
    if (Number.isNaN(this.#lastTicks)) return undefined;
    return { ssrc: this.#ssrc, at: this.#time.at, rtpTimestamp: this.#lastTimestamp };
  }

  rtp(packet: Uint8Array, arrivalAt: number): void {
    const { stats } = this;
    const header = this.#header;
    stats.packets++;
    if (!header.parse(packet) || (this.#payloadType !== undefined && header.payloadType !== this.#payloadType)) {
      stats.malformed++;
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    this.#reception.packet(header.ssrc, header.sequence, header.timestamp, nowMs);
    if (header.ssrc === this.#ssrc) {
      const ahead = this.#sequence.ahead(header.sequence);
      if (ahead > 0 && ahead <= reorderWindow) {
        if (!this.#early.hold(packet, header.sequence, arrivalAt, nowMs)) stats.late++;
        this.#giveUp(nowMs);
        return;
      }
      // Beyond what is waited for: what waits has its turn first. Late packets change nothing.
      if (ahead > 0 && ahead < 0x8000) this.#takeAllEarly(packet, nowMs);
    } else {
      this.#takeAllEarly(packet, nowMs);
    }
    this.#take(packet, arrivalAt, nowMs);
    if (this.#early.size === 0) return;
    this.#takeEarly(nowMs);
    this.#giveUp(nowMs);
  }

  rtcp(packet: Uint8Array, arrivalAt: number): void {
    const report = trySenderReport(packet);
    if (report === undefined || report.ssrc !== this.#ssrc) return;
    this.#reception.senderReport(report.ssrc, report.ntpMiddle, this.#clock.monotonicMs());
    const ticks = this.#timeline.ticksOf(report.rtpTimestamp);
    if (ticks !== undefined) this.#wallClock.report(ticks, report.at, arrivalAt);
  }

  reception(): ReportBlock | undefined {
    return this.#reception.report(this.#clock.monotonicMs());
  }

  /** What is missing is not waited for any more. */
  #giveUp(nowMs: number): void {
    while (this.#early.isOverdue(nowMs)) {
      this.#takeFirst(nowMs);
      this.#takeEarly(nowMs);
    }
  }

  /** Those that wait, as far as nothing is missing any more. */
  #takeEarly(nowMs: number): void {
    for (let first = this.#early.first; first !== undefined; first = this.#early.first) {
      if (this.#sequence.ahead(first.sequence) !== 0) return;
      this.#takeFirst(nowMs);
    }
  }

  /** All that wait, before `packet`, whose header is parsed again afterwards. */
  #takeAllEarly(packet: Uint8Array, nowMs: number): void {
    if (this.#early.size === 0) return;
    while (this.#early.size > 0) this.#takeFirst(nowMs);
    this.#header.parse(packet);
  }

  #takeFirst(nowMs: number): void {
    const held = this.#early.shift();
    if (held === undefined || !this.#header.parse(held.packet)) return;
    this.#take(held.packet, held.arrivalAt, nowMs);
  }

  /** A packet whose turn it is; its header is parsed. Hot. */
  #take(packet: Uint8Array, arrivalAt: number, nowMs: number): void {
    const { stats } = this;
    const header = this.#header;
    const time = this.#time;
    const isOtherSource = header.ssrc !== this.#ssrc && this.#ssrc >= 0;
    if (isOtherSource) {
      this.#sequence.reset();
      this.#timeline.restart(header.timestamp, nowMs);
    }
    this.#ssrc = header.ssrc;
    const missing = this.#sequence.push(header.sequence);
    if (missing < 0) {
      stats.late++;
      return;
    }
    stats.lost += missing;
    this.#timeline.next(header.timestamp, nowMs);
    time.lost = missing > 0 || isOtherSource;
    time.marker = header.marker;
    time.ticks = this.#timeline.ticks;
    time.discontinuity = this.#timeline.discontinuity || isOtherSource;
    if (time.discontinuity) {
      stats.jumps++;
      this.#wallClock.reset();
    }
    if (time.ticks !== this.#lastTicks) {
      time.at = this.#wallClock.at(time.ticks, arrivalAt);
      this.#lastTicks = time.ticks;
      this.#lastTimestamp = header.timestamp;
    }
    this.#reader.packet(packet, header.start, header.end, time);
  }
}

function audioFormat(track: RtpTrack, encoding: string): AudioFormat {
  const channels = track.channels ?? 1;
  if (encoding === 'PCMA' || encoding === 'PCMU') {
    if (channels < 1 || channels > 2) throw unsupported('G.711 must have one or two channels');
    return g711Format(encoding === 'PCMA' ? 'pcma' : 'pcmu', track.clockRate, channels);
  }
  if (encoding === 'OPUS') {
    if (track.clockRate !== 48_000) throw unsupported('Opus must have a clock rate of 48000');
    // The rtpmap says two channels always (RFC 7587 §4.1); what is really sent stands beside it.
    return opusFormat(track.fmtp['sprop-stereo'] === '1' ? 2 : 1);
  }
  if (encoding !== 'MPEG4-GENERIC') throw unsupported('the encoding of a track is none that we can take');
  const { config = '' } = track.fmtp;
  const format = /^([0-9a-f]{2}){2,64}$/i.test(config)
    ? aacFormat(Buffer.from(config, 'hex'), track.clockRate)
    : undefined;
  if (format === undefined) throw unsupported('the AAC configuration of a track can not be read');
  return format;
}

function aacLayout(fmtp: Readonly<Record<string, string>>): {
  sizeBits: number;
  indexBits: number;
  indexDeltaBits: number;
} {
  const [sizeBits, indexBits, indexDeltaBits] = ['sizelength', 'indexlength', 'indexdeltalength'].map((name) =>
    Number(fmtp[name] ?? 0),
  ) as [number, number, number];
  for (const value of [sizeBits, indexBits, indexDeltaBits])
    if (!Number.isInteger(value) || value < 0 || value > 16) throw unsupported('the AAC packing of a track is unknown');
  if (sizeBits === 0) throw unsupported('the AAC packing of a track is unknown');
  return { sizeBits, indexBits, indexDeltaBits };
}

/** RFC 6184 §8.1 and RFC 7798 §7.1. What can't be read is left to the stream itself. */
function offerSprop(sets: ParameterSets, codec: VideoCodec, fmtp: Readonly<Record<string, string>>): void {
  const names = codec === 'h264' ? ['sprop-parameter-sets'] : ['sprop-vps', 'sprop-sps', 'sprop-pps'];
  for (const name of names) {
    for (const text of (fmtp[name] ?? '').slice(0, 16_384).split(',').slice(0, 32)) {
      const nal = Buffer.from(text, 'base64');
      if (nal.length > 0) sets.offer(nalType(codec, nal), nal);
    }
  }
  sets.settle();
}

function unsupported(detail: string): Problem {
  return new Problem('rtp/unsupported', detail, { status: 422 });
}
