/**
 * Finished, torn and running recordings as files that every player seeks in: the plaintext by ranges, decrypted as it is
 * asked for, under a head that describes an ordinary MP4. Nothing is decrypted further than to what was asked.
 */
import { Problem } from '../base/problem.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { RecordingQueries } from '../catalog/recordings.ts';
import type { CameraScope } from '../catalog/scope.ts';
import { tryRecordingTail } from '../media/recording.ts';
import type { RecordingIndex } from '../media/recording-index.ts';
import type { ServedFile } from '../media/served-file.ts';
import { tryServedFile } from '../media/served-file.ts';
import type { ClipReader } from '../vault/clip-reader.ts';
import type { Vault } from '../vault/vault.ts';
import { clipFacts } from './clip-facts.ts';
import { thumbnailOf } from './names.ts';
import { readRange, scanClip } from './scan-clip.ts';

export interface PlayableFile {
  readonly recording: Recording;
  readonly kind: 'clip' | 'thumbnail';
  readonly sizeBytes: number;
  readonly contentType: 'video/mp4' | 'image/jpeg' | 'image/webp';
  /** Strong, quotes included: changes when a byte does, and tells nothing else. */
  readonly etag: string;
  /**
   * The plaintext from `start` to before `end`; the file is open while it is iterated.
   * @throws Problem vault/locked (409) while the owner's key is locked, vault/damaged where the file is,
   *   recording/damaged (409) where it is another one by now
   */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface PlaybackParts {
  readonly recordings: RecordingQueries;
  readonly vault: Pick<Vault, 'openClip' | 'openObject'>;
}

interface Served {
  /** Of the file that was looked at. */
  readonly stamp: string;
  /** Undefined where the file is served as it is: what was imported has its head already. */
  readonly head:
    | {
        readonly file: ServedFile /** In the plaintext, in whose place the served one stands. */;
        readonly bytes: number;
      }
    | undefined;
}

/** Heads kept; one of an hour's clip has some 450 KB. */
const maxHeads = 16;

export class Playback {
  readonly #parts: PlaybackParts;
  readonly #heads = new Map<string, Served>();

  constructor(parts: PlaybackParts) {
    this.#parts = parts;
  }

  /**
   * The file of this name, as it is asked for over HTTP; undefined where there is none that `scope` may see.
   * @throws Problem vault/locked (409), vault/damaged (409), recording/damaged (409) where its end is missing or it is that
   *   of another recording, storage/not-found (404)
   */
  async open(name: string, scope: CameraScope): Promise<PlayableFile | undefined> {
    const thumbnail = thumbnailOf(name);
    const found = await this.#parts.recordings.byFile(thumbnail ?? name, scope);
    if (found === undefined) return undefined;
    if (found.kind === 'clip') return await this.#clip(found.recording);
    try {
      return await this.#thumbnail(found.recording, name);
    } catch (error) {
      // Older clips have nothing beside their thumbnail, nor do clips without a visit.
      if (thumbnail !== undefined && error instanceof Problem && error.code === 'storage/not-found') return undefined;
      throw error;
    }
  }

  async #thumbnail(recording: Recording, name: string): Promise<PlayableFile> {
    const bytes = await this.#parts.vault.openObject(`${name}.age`);
    return {
      recording,
      kind: 'thumbnail',
      sizeBytes: bytes.length,
      contentType: name.endsWith('.webp') ? 'image/webp' : 'image/jpeg',
      etag: `"${recording.id}-${name.endsWith('.webp') ? 'webp' : name.endsWith('-crop.jpg') ? 'crop' : 'jpg'}"`,
      async *read(start, end) {
        yield bytes.subarray(start, end);
      },
    };
  }

  async #clip(recording: Recording): Promise<PlayableFile> {
    const served = await this.#served(recording);
    const sizeBytes = served.head?.file.bytes ?? recording.plainBytes;
    return {
      recording,
      kind: 'clip',
      sizeBytes,
      contentType: 'video/mp4',
      etag: `"${recording.id}-${recording.state}-${sizeBytes}"`,
      read: (start, end) => this.#read(recording, served, start, end),
    };
  }

  /** The head that players get; kept for the clips that were played last, for a player asks for many ranges. */
  async #served(recording: Recording): Promise<Served> {
    const key = `${recording.id} ${recording.state}`;
    const kept = this.#heads.get(key);
    if (kept !== undefined) return kept;
    await using reader = await this.#parts.vault.openClip(`${recording.file}.age`);
    await checkIsOf(recording, reader);
    const served = { stamp: reader.stamp, head: await this.#head(recording, reader) };
    if (recording.state !== 'open') {
      this.#heads.set(key, served);
      if (this.#heads.size > maxHeads) this.#heads.delete(this.#heads.keys().next().value!);
    }
    return served;
  }

  async #head(recording: Recording, reader: ClipReader): Promise<Served['head']> {
    const index = await this.#index(recording, reader);
    if (index === undefined) return undefined;
    const file = tryServedFile(await readRange(reader, 0, index.headBytes), index);
    return file === undefined ? undefined : { file, bytes: index.headBytes };
  }

  /** The clip's own, from its tail; where a crash left none, or where the file still grows, from all of it. */
  async #index(recording: Recording, reader: ClipReader): Promise<RecordingIndex | undefined> {
    const offset = await this.#parts.recordings.tailOffset(recording.id, 'all');
    if (offset !== undefined && offset < reader.plainBytes) {
      const tail = tryRecordingTail(await readRange(reader, offset, reader.plainBytes));
      if (tail !== undefined) return tail.index;
    }
    return (await scanClip(reader))?.index;
  }

  async *#read(recording: Recording, served: Served, start: number, end: number): AsyncGenerator<Uint8Array> {
    await using reader = await this.#parts.vault.openClip(`${recording.file}.age`);
    if (reader.stamp !== served.stamp) {
      this.#heads.delete(`${recording.id} ${recording.state}`);
      throw damaged('the file of this recording was replaced');
    }
    let from = start;
    const head = served.head?.file.head;
    if (head !== undefined && from < head.length) {
      const upTo = Math.min(end, head.length);
      yield head.subarray(from, upTo);
      from = upTo;
    }
    // Behind the head the served file is the plaintext itself, some bytes further on.
    const shift = served.head === undefined ? 0 : served.head.bytes - served.head.file.head.length;
    if (from < end) yield* reader.read(from + shift, end + shift);
  }
}

/** A file that decrypts may still be another recording's, or end early. */
async function checkIsOf(recording: Recording, reader: ClipReader): Promise<void> {
  if (recording.state === 'finished' && reader.torn)
    throw damaged('the end of this recording is missing or was changed');
  const facts = await clipFacts(reader);
  if (facts?.['recording'] === recording.id && facts['camera'] === recording.camera) return;
  // Of one that was begun a moment ago the head may not be there yet
  if (recording.state === 'open' && facts === undefined) return;
  const other = facts?.['recording'];
  throw damaged(
    typeof other === 'number'
      ? `the file of this recording is that of recording ${other}`
      : 'the file of this recording does not say whose it is',
  );
}

function damaged(detail: string): Problem {
  return new Problem('recording/damaged', detail, { status: 409, hint: '`sentrix recording verify` says more' });
}
