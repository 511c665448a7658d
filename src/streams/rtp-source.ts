/** A connection that brings RTP for a stream, whichever side opened it: samples for the stream, packets for players. */
import type { Clock } from '../base/clock.ts';
import type { Problem } from '../base/problem.ts';
import type { Depacketizer } from '../rtp/depacketizer.ts';
import { createDepacketizer } from '../rtp/depacketizer.ts';
import type { SenderReport } from '../rtp/rtcp.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import { PacketRelay } from './packet-relay.ts';
import type { PacketSource, Stream } from './stream.ts';

export interface RtpSourceOptions {
  readonly stream: Stream;
  readonly tracks: readonly SdpTrack[];
  readonly clock: Clock;
}

export class RtpSource implements PacketSource {
  readonly relay: PacketRelay;
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #depacketizers: readonly Depacketizer[];
  #isOpen = true;

  /** Attaches itself to the stream. @throws Problem `rtp/unsupported` */
  constructor({ stream, tracks, clock }: RtpSourceOptions) {
    this.#stream = stream;
    this.#clock = clock;
    this.relay = new PacketRelay(tracks);
    this.#depacketizers = tracks.map((track) =>
      createDepacketizer(track, {
        clock,
        onSample: (sample) => {
          if (this.#isOpen) stream.accept(sample);
        },
      }),
    );
    stream.attached(this);
  }

  /** Hot. */
  rtp(track: number, packet: Uint8Array, arrivalAt: number): void {
    if (!this.#isOpen) return;
    this.#depacketizers[track]?.rtp(packet, arrivalAt);
    this.relay.packet(track, packet);
  }

  rtcp(track: number, packet: Uint8Array): void {
    this.#depacketizers[track]?.rtcp(packet, this.#clock.now());
  }

  newest(track: number): SenderReport | undefined {
    return this.#depacketizers[track]?.newest;
  }

  /** Nothing more is taken from it, and its players are told. */
  close(reason: Problem): void {
    this.#isOpen = false;
    this.#stream.detached(this);
    this.relay.end(reason);
  }
}
