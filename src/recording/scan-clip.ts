/** The seek index of a clip, read out of its plaintext: of one that a crash has torn, or that still grows. */
import type { RecordingIndex } from '../media/recording-index.ts';
import type { RecordingScan } from '../media/recording-scan.ts';
import { scanRecording } from '../media/recording-scan.ts';
import type { ClipReader } from '../vault/clip-reader.ts';

/** Undefined where not even the head is whole. */
export async function scanClip(reader: ClipReader): Promise<RecordingIndex | undefined> {
  return (await scanWhole(reader))?.index;
}

/** The same with what the clip says of itself. */
export async function scanWhole(reader: ClipReader): Promise<RecordingScan | undefined> {
  return await scanRecording(async (offset, length) => {
    const parts: Uint8Array[] = [];
    for await (const part of reader.read(offset, offset + length)) parts.push(part);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  });
}
