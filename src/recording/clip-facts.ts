/**
 * Whose recording a clip says that it is. Encryption to a day's key keeps others from reading, not from putting one file
 * in the place of another of the same day: so the facts that are sealed inside are compared with the row that leads here.
 * They stand in the head of what we recorded, and behind everything else in what was imported.
 */
import { tryBoxHeader } from '../media/box-reader.ts';
import type { Facts } from '../media/facts.ts';
import { maxFactsBytes, tryFacts } from '../media/facts.ts';
import type { ClipReader } from '../vault/clip-reader.ts';
import { readRange } from './scan-clip.ts';

/** Our own stand in front of the fragments; an import has at most 4000 boxes (`import/mp4-probe.ts`). */
const maxBoxes = 4096;
const headerBytes = 16;

/** Undefined where it says nothing. @throws Problem vault/damaged, vault/locked */
export async function clipFacts(reader: ClipReader): Promise<Facts | undefined> {
  let offset = 0;
  for (let boxes = 0; boxes < maxBoxes && offset < reader.plainBytes; boxes++) {
    const header = tryBoxHeader(await readRange(reader, offset, offset + headerBytes), 0);
    if (header === undefined || offset + header.bytes > reader.plainBytes) return undefined;
    if (header.type === 'uuid' && header.bytes <= maxFactsBytes) {
      const facts = tryFacts(await readRange(reader, offset, offset + header.bytes), header);
      if (facts !== undefined) return facts;
    }
    offset += header.bytes;
  }
  return undefined;
}
