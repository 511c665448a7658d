/** NAL units as a list of hashes, so that two ways through a system can be compared whatever container they end in. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { run } from './process.ts';

export type Codec = 'h264' | 'h265';

/** Parameter sets and delimiters: containers keep them elsewhere, and ffmpeg writes some of its own. */
const leftOut: Readonly<Record<Codec, ReadonlySet<number>>> = {
  h264: new Set([7, 8, 9]),
  h265: new Set([32, 33, 34, 35]),
};

export function typeOf(codec: Codec, unit: Uint8Array): number {
  return codec === 'h264' ? unit[0]! & 0x1f : (unit[0]! >> 1) & 0x3f;
}

export function isSlice(codec: Codec, unit: Uint8Array): boolean {
  const type = typeOf(codec, unit);
  return codec === 'h264' ? type >= 1 && type <= 5 : type < 32;
}

/** Every unit of an Annex B byte stream, without start codes and the zeros behind it. */
export function unitsOf(stream: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = -1;
  for (let at = stream.indexOf('\0\0\x01'); ; at = stream.indexOf('\0\0\x01', at + 3)) {
    if (start >= 0) {
      let end = at < 0 ? stream.length : at;
      while (end > start && stream[end - 1] === 0) end--;
      units.push(stream.subarray(start, end));
    }
    if (at < 0) return units;
    start = at + 3;
  }
}

/** Hashes of slices, SEI and whatever else there is, in order; a letter in front says what: a slice or something else. */
export function hashesOf(codec: Codec, stream: Buffer): string[] {
  return unitsOf(stream)
    .filter((unit) => !leftOut[codec].has(typeOf(codec, unit)))
    .map(
      (unit) =>
        `${isSlice(codec, unit) ? 'slice' : 'other'} ${createHash('sha256').update(unit).digest('hex').slice(0, 16)}`,
    );
}

/** The same of the first video track of anything that ffmpeg reads: `input` are its arguments. */
export async function hashesBy(
  codec: Codec,
  input: readonly string[],
  scratch: string,
  limitMs: number,
): Promise<string[]> {
  const { code, output } = await run(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-y', ...input, '-map', '0:v:0', '-c', 'copy'],
      ...['-f', codec === 'h264' ? 'h264' : 'hevc', scratch],
    ],
    { limitMs },
  );
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${output.slice(-2000)}`);
  const hashes = hashesOf(codec, await readFile(scratch));
  await rm(scratch);
  return hashes;
}
