/** A connection that brings RTP for a stream, whichever side opened it: samples for the stream, packets for players. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import { describeError } from '../base/problem.ts';
import type { AudioFormat } from '../media/sample.ts';
import type { Depacketizer } from '../rtp/depacketizer.ts';
import { createDepacketizer } from '../rtp/depacketizer.ts';
import type { SenderReport } from '../rtp/rtcp.ts';
import { writeReceiverReport } from '../rtp/rtcp.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import { PacketRelay } from './packet-relay.ts';
import type { PacketSource, Stream } from './stream.ts';

export interface RtpSourceOptions {
  readonly stream: Stream;
  /** As the connection numbers them. */
  readonly tracks: readonly SdpTrack[];
  /** False: sound is dropped here, and nobody gets it. */
  readonly audio: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Says nothing of the machine (RFC 7022 would have it random; cameras don't look). */
const cname = 'sentrix';

interface Taken {
  /** Of the relay and of `newest`. */
  readonly place: number;
  readonly depacketizer: Depacketizer;
}

export class RtpSource implements PacketSource {
  readonly relay: PacketRelay;
  readonly #stream: Stream;
  readonly #clock: Clock;
  /** By the connection's number; undefined for what isn't taken. */
  readonly #byTrack: readonly (Taken | undefined)[];
  readonly #depacketizers: Depacketizer[] = [];
  /** Of the receiver, in its reports. */
  readonly #ssrc = randomInt(2 ** 32);
  #isOpen = true;

  /** Attaches itself to the stream. @throws Problem `rtp/unsupported` for video that we can't take; such sound is left out */
  constructor({ stream, tracks, audio, clock, log }: RtpSourceOptions) {
    this.#stream = stream;
    this.#clock = clock;
    const taken: SdpTrack[] = [];
    this.#byTrack = tracks.map((track) => {
      if (track.kind === 'audio' && !audio) return undefined;
      const depacketizer = this.#tryDepacketizer(track, log);
      if (depacketizer === undefined) return undefined;
      taken.push(track);
      return { place: this.#depacketizers.push(depacketizer) - 1, depacketizer };
    });
    this.relay = new PacketRelay(taken);
    stream.attached(this);
  }

  /** Hot. */
  rtp(track: number, packet: Uint8Array, arrivalAt: number): void {
    const taken = this.#byTrack[track];
    if (taken === undefined || !this.#isOpen) return;
    taken.depacketizer.rtp(packet, arrivalAt);
    this.relay.packet(taken.place, packet);
  }

  rtcp(track: number, packet: Uint8Array): void {
    this.#byTrack[track]?.depacketizer.rtcp(packet, this.#clock.now());
  }

  get audioFormat(): AudioFormat | undefined {
    for (const { format } of this.#depacketizers) if (format?.kind === 'audio') return format;
    return undefined;
  }

  newest(place: number): SenderReport | undefined {
    return this.#depacketizers[place]?.newest;
  }

  /** A report of what came of each track that is taken, for its sender. */
  receiverReports(): readonly { readonly track: number; readonly packet: Uint8Array }[] {
    return this.#byTrack.flatMap((taken, track) => {
      const block = taken?.depacketizer.reception();
      return block === undefined ? [] : [{ track, packet: writeReceiverReport(this.#ssrc, block, cname) }];
    });
  }

  /** Nothing more is taken from it, and its players are told. */
  close(reason: Problem): void {
    this.#isOpen = false;
    this.#stream.detached(this);
    this.relay.end(reason);
  }

  #tryDepacketizer(track: SdpTrack, log: Log): Depacketizer | undefined {
    const onSample: Parameters<typeof createDepacketizer>[1]['onSample'] = (sample) => {
      if (!this.#isOpen) return;
      this.#stream.accept(sample);
    };
    try {
      return createDepacketizer(track, { clock: this.#clock, onSample });
    } catch (error) {
      if (track.kind === 'video') throw error;
      log.warn(describeError(error), 'sound left out');
      return undefined;
    }
  }
}
