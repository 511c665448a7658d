/**
 * Samples → RTP packets: single NAL units and FU-A (RFC 6184 §5.6, §5.8) for H.264, the same for H.265 (RFC 7798
 * §4.4.1, §4.4.3), the whole frame for Opus and G.711, one frame a packet for AAC (RFC 3640 §3.3.6). For streams that
 * begin here: the demo, tests and benches. What a camera sends is handed on as it came.
 */
import { nalUnits } from '../media/nal.ts';
import type { Sample } from '../media/sample.ts';
import { rtpHeaderBytes } from './packet.ts';

export interface PacketizerOptions {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Of the first packet; random by RFC 3550 §5.1, fixed in tests. */
  readonly firstSequence: number;
  /** Bytes of a packet, header included. Default 1400. */
  readonly maxPacketBytes?: number;
}

export class Packetizer {
  readonly #options: PacketizerOptions;
  readonly #maxPayload: number;
  #sequence: number;

  constructor(options: PacketizerOptions) {
    this.#options = options;
    this.#maxPayload = (options.maxPacketBytes ?? 1400) - rtpHeaderBytes;
    this.#sequence = options.firstSequence & 0xffff;
  }

  /** The packets of a sample, each its own buffer; the timestamp is its presentation time. */
  packets(sample: Sample): Buffer[] {
    const out: Buffer[] = [];
    const { codec } = sample.format;
    if (codec === 'h264' || codec === 'h265') {
      const units = nalUnits(sample.data);
      for (const [i, unit] of units.entries()) this.#unit(out, unit, codec === 'h265', sample, i === units.length - 1);
    } else if (codec === 'aac') {
      const { length } = sample.data;
      out.push(this.#packet(sample, true, [0, 16, length >> 5, (length & 0x1f) << 3], sample.data));
    } else {
      out.push(this.#packet(sample, true, [], sample.data));
    }
    return out;
  }

  #unit(out: Buffer[], unit: Uint8Array, isH265: boolean, sample: Sample, isLast: boolean): void {
    if (unit.length <= this.#maxPayload) {
      out.push(this.#packet(sample, isLast, [], unit));
      return;
    }
    const headerBytes = isH265 ? 2 : 1;
    const type = isH265 ? (unit[0]! >> 1) & 0x3f : unit[0]! & 0x1f;
    const prefix = isH265 ? [(unit[0]! & 0x81) | (49 << 1), unit[1]!] : [(unit[0]! & 0xe0) | 28];
    const step = this.#maxPayload - headerBytes - 1;
    for (let offset = headerBytes; offset < unit.length; offset += step) {
      const isEnd = offset + step >= unit.length;
      const header = type | (offset === headerBytes ? 0x80 : 0) | (isEnd ? 0x40 : 0);
      out.push(this.#packet(sample, isLast && isEnd, [...prefix, header], unit.subarray(offset, offset + step)));
    }
  }

  #packet(sample: Sample, marker: boolean, prefix: readonly number[], data: Uint8Array): Buffer {
    const packet = Buffer.allocUnsafe(rtpHeaderBytes + prefix.length + data.length);
    packet[0] = 0x80;
    packet[1] = (marker ? 0x80 : 0) | this.#options.payloadType;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeInt32BE(sample.ptsTicks | 0, 4);
    packet.writeUInt32BE(this.#options.ssrc, 8);
    packet.set(prefix, rtpHeaderBytes);
    packet.set(data, rtpHeaderBytes + prefix.length);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return packet;
  }
}
