/** Sender reports: which wall clock belongs to which RTP time; receiver reports: what came. RFC 3550 §6.4. */
import { uint32 } from './packet.ts';
import type { ReportBlock } from './reception.ts';

export interface SenderReport {
  readonly ssrc: number;
  /** The sender's wall clock, UTC ms. */
  readonly at: number;
  readonly rtpTimestamp: number;
}

export interface ReceivedReport extends SenderReport {
  /** The middle 32 bits of its NTP time, by which a receiver report names it. */
  readonly ntpMiddle: number;
}

/** Seconds from 1900 to 1970; and from 1970 to the second NTP era, which begins in 2036 (RFC 5905 §6). */
const ntpOffset = 2208988800;

/** The first sender report in a compound packet; undefined where there is none or it is damaged. */
export function trySenderReport(packet: Uint8Array): ReceivedReport | undefined {
  for (let offset = 0; offset + 4 <= packet.length; ) {
    if (packet[offset]! >> 6 !== 2) return undefined;
    const length = 4 + 4 * ((packet[offset + 2]! << 8) | packet[offset + 3]!);
    if (offset + length > packet.length) return undefined;
    if (packet[offset + 1] === 200 && length >= 28) {
      const seconds = uint32(packet, offset + 8);
      const fraction = uint32(packet, offset + 12);
      // Cameras that don't know the time send 0.
      if (seconds === 0 && fraction === 0) return undefined;
      const unixSeconds = seconds >= ntpOffset ? seconds - ntpOffset : seconds + 2 ** 32 - ntpOffset;
      return {
        ssrc: uint32(packet, offset + 4),
        at: unixSeconds * 1000 + (fraction * 1000) / 2 ** 32,
        rtpTimestamp: uint32(packet, offset + 16),
        ntpMiddle: uint32(packet, offset + 10),
      };
    }
    offset += length;
  }
  return undefined;
}

export interface SenderFacts extends SenderReport {
  /** Packets and bytes of payload sent so far; taken modulo 2^32. */
  readonly packets: number;
  readonly octets: number;
  /** ASCII, at most 255 characters. */
  readonly cname: string;
}

/** A sender report and the CNAME that RFC 3550 §6.1 wants beside it. */
export function writeSenderReport(facts: SenderFacts): Buffer {
  const description = sourceDescription(facts.ssrc, facts.cname);
  const packet = Buffer.alloc(28 + description.length);
  const seconds = Math.floor(facts.at / 1000);
  packet.writeUInt32BE(0x80c80006, 0);
  packet.writeUInt32BE(facts.ssrc, 4);
  packet.writeUInt32BE((seconds + ntpOffset) % 2 ** 32, 8);
  packet.writeUInt32BE(Math.floor(((facts.at - seconds * 1000) * 2 ** 32) / 1000), 12);
  packet.writeUInt32BE(facts.rtpTimestamp, 16);
  packet.writeUInt32BE(facts.packets % 2 ** 32, 20);
  packet.writeUInt32BE(facts.octets % 2 ** 32, 24);
  packet.set(description, 28);
  return packet;
}

/**
 * A receiver report (§6.4.2) with the CNAME beside it.
 * @param ssrc the receiver's own
 */
export function writeReceiverReport(ssrc: number, block: ReportBlock, cname: string): Buffer {
  const description = sourceDescription(ssrc, cname);
  const packet = Buffer.alloc(32 + description.length);
  packet.writeUInt32BE(0x81c90007, 0);
  packet.writeUInt32BE(ssrc, 4);
  packet.writeUInt32BE(block.ssrc, 8);
  packet.writeUInt32BE(((block.fractionLost << 24) | (block.lost & 0xffffff)) >>> 0, 12);
  packet.writeUInt32BE(block.highestSequence, 16);
  packet.writeUInt32BE(block.jitterTicks, 20);
  packet.writeUInt32BE(block.lastReport, 24);
  packet.writeUInt32BE(block.sinceLastReport, 28);
  packet.set(description, 32);
  return packet;
}

/** SDES with a CNAME, §6.5. */
function sourceDescription(ssrc: number, name: string): Buffer {
  const cname = Buffer.from(name, 'latin1');
  // One chunk: SSRC, CNAME item, and a null byte at least, up to a multiple of four.
  const chunkBytes = Math.ceil((4 + 2 + cname.length + 1) / 4) * 4;
  const packet = Buffer.alloc(4 + chunkBytes);
  packet.writeUInt32BE(0x81ca0000 + chunkBytes / 4, 0);
  packet.writeUInt32BE(ssrc, 4);
  packet[8] = 1;
  packet[9] = cname.length;
  packet.set(cname, 10);
  return packet;
}
