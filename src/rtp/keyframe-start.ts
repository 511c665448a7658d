/**
 * Does a decoder find its beginning in this packet? Looked at without depacketising, for whoever hands packets on and
 * needs to know from which one a newcomer can start.
 */
import type { VideoCodec } from '../media/sample.ts';

/**
 * True for a packet with the first bytes of an IDR or CRA picture, or with parameter sets, which stand in front of one.
 * The payload lies from `start` to before `end`. A keyframe has several such packets: they share one timestamp. Hot.
 */
export function startsKeyframe(codec: VideoCodec, packet: Uint8Array, start: number, end: number): boolean {
  return codec === 'h264' ? h264(packet, start, end) : h265(packet, start, end);
}

/**
 * True for a packet that holds nothing but what may stand in front of a picture's first slice: delimiters, SEI, picture
 * parameter sets, or a part of one of those. Whether a keyframe follows is not to be seen from it. Hot.
 */
export function leadsPicture(codec: VideoCodec, packet: Uint8Array, start: number, end: number): boolean {
  return codec === 'h264' ? leads264(packet, start, end) : leads265(packet, start, end);
}

/** ISO/IEC 14496-10 §7.4.1.2.3: SEI (6), parameter sets (7, 8), delimiter (9), 14 to 18. */
function isLeading264(type: number): boolean {
  return (type >= 6 && type <= 9) || (type >= 14 && type <= 18);
}

function leads264(packet: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  const type = packet[start]! & 0x1f;
  if (type === 28) return start + 1 < end && isLeading264(packet[start + 1]! & 0x1f);
  if (type !== 24) return isLeading264(type);
  for (let offset = start + 1; offset + 2 < end; ) {
    if (!isLeading264(packet[offset + 2]! & 0x1f)) return false;
    offset += 2 + ((packet[offset]! << 8) | packet[offset + 1]!);
  }
  return true;
}

/** ISO/IEC 23008-2 §7.4.2.4.4: parameter sets and delimiter (32 to 35), prefix SEI (39), 41 to 44; 48 and 49 are RTP's own. */
function isLeading265(type: number): boolean {
  return (type >= 32 && type <= 35) || type === 39 || (type >= 41 && type <= 44);
}

function leads265(packet: Uint8Array, start: number, end: number): boolean {
  if (start + 2 >= end) return false;
  const type = (packet[start]! >> 1) & 0x3f;
  if (type === 49) return isLeading265(packet[start + 2]! & 0x3f);
  if (type !== 48) return isLeading265(type);
  for (let offset = start + 2; offset + 2 < end; ) {
    if (!isLeading265((packet[offset + 2]! >> 1) & 0x3f)) return false;
    offset += 2 + ((packet[offset]! << 8) | packet[offset + 1]!);
  }
  return true;
}

/** RFC 6184 §5.2: IDR (5) and SPS (7), alone, in STAP-A (24) or as the first of FU-A (28). */
function h264(packet: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  const type = packet[start]! & 0x1f;
  if (type === 28) return start + 1 < end && packet[start + 1]! >= 0x80 && (packet[start + 1]! & 0x1f) === 5;
  if (type !== 24) return type === 5 || type === 7;
  for (let offset = start + 1; offset + 2 < end; ) {
    const inner = packet[offset + 2]! & 0x1f;
    if (inner === 5 || inner === 7) return true;
    offset += 2 + ((packet[offset]! << 8) | packet[offset + 1]!);
  }
  return false;
}

/** RFC 7798 §4.4: IRAP (16 to 21), VPS and SPS (32, 33), alone, first in an AP (48) or first of an FU (49). */
function h265(packet: Uint8Array, start: number, end: number): boolean {
  if (start + 2 >= end) return false;
  const type = (packet[start]! >> 1) & 0x3f;
  if (type === 49) return packet[start + 2]! >= 0x80 && isStart265(packet[start + 2]! & 0x3f);
  if (type !== 48) return isStart265(type);
  for (let offset = start + 2; offset + 2 < end; ) {
    if (isStart265((packet[offset + 2]! >> 1) & 0x3f)) return true;
    offset += 2 + ((packet[offset]! << 8) | packet[offset + 1]!);
  }
  return false;
}

function isStart265(type: number): boolean {
  return (type >= 16 && type <= 21) || type === 32 || type === 33;
}
