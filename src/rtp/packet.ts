/** The fixed header of an RTP packet, RFC 3550 §5.1. */

export const rtpHeaderBytes = 12;

/** One object is used for all packets of a track: nothing is allocated per packet. */
export class RtpHeader {
  marker = false;
  payloadType = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  /** The payload lies from `start` to before `end` in the packet: behind CSRCs and extension, without padding. */
  start = 0;
  end = 0;

  /** False, with the fields undefined, when a length points outside or the version isn't 2. Hot. */
  parse(packet: Uint8Array): boolean {
    if (packet.length < rtpHeaderBytes) return false;
    const first = packet[0]!;
    if (first >> 6 !== 2) return false;
    let start = rtpHeaderBytes + 4 * (first & 0x0f);
    let end = packet.length;
    if ((first & 0x10) !== 0) {
      if (start + 4 > end) return false;
      start += 4 + 4 * ((packet[start + 2]! << 8) | packet[start + 3]!);
    }
    if ((first & 0x20) !== 0) {
      const padding = packet[end - 1]!;
      if (padding === 0) return false;
      end -= padding;
    }
    if (start > end) return false;
    this.marker = (packet[1]! & 0x80) !== 0;
    this.payloadType = packet[1]! & 0x7f;
    this.sequence = (packet[2]! << 8) | packet[3]!;
    this.timestamp = uint32(packet, 4);
    this.ssrc = uint32(packet, 8);
    this.start = start;
    this.end = end;
    return true;
  }
}

export function uint32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}
