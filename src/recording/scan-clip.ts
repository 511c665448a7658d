/** What lies in a clip, read out of its plaintext: of one that a crash has torn, or that still grows. */
import type { RecordingScan } from '../media/recording-scan.ts';
import { scanRecording } from '../media/recording-scan.ts';
import type { ClipReader } from '../vault/clip-reader.ts';

/** Undefined where not even the head is whole. */
export function scanClip(reader: ClipReader): Promise<RecordingScan | undefined> {
  return scanRecording((offset, length) => readRange(reader, offset, offset + length));
}

/** The plaintext from `start` to before `end`, or up to the end of what there is. */
export async function readRange(reader: ClipReader, start: number, end: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of reader.read(start, end)) parts.push(part);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
