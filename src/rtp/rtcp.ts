/** Sender reports: which wall clock belongs to which RTP time. RFC 3550 §6.4.1. */
import { uint32 } from './packet.ts';

export interface SenderReport {
  readonly ssrc: number;
  /** The sender's wall clock, UTC ms. */
  readonly at: number;
  readonly rtpTimestamp: number;
}

/** Seconds from 1900 to 1970; and from 1970 to the second NTP era, which begins in 2036 (RFC 5905 §6). */
const ntpOffset = 2208988800;

/** The first sender report in a compound packet; undefined where there is none or it is damaged. */
export function trySenderReport(packet: Uint8Array): SenderReport | undefined {
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
      };
    }
    offset += length;
  }
  return undefined;
}
