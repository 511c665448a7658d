/**
 * Finished, torn and running recordings as files that a browser can play: the plaintext by ranges, decrypted as it is
 * asked for, with the seek index laid over the head. Nothing is decrypted further than to what was asked, and nothing at all
 * to say how long a file is.
 */
import { Problem } from '../base/problem.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { RecordingQueries } from '../catalog/recordings.ts';
import type { CameraScope } from '../catalog/scope.ts';
import { servedHead } from '../media/recording.ts';
import type { RecordingIndex } from '../media/recording-index.ts';
import { serializeIndex, tryParseIndex } from '../media/recording-index.ts';
import type { ClipReader } from '../vault/clip-reader.ts';
import type { Vault } from '../vault/vault.ts';
import { scanClip } from './scan-clip.ts';

export interface PlayableFile {
  readonly recording: Recording;
  readonly kind: 'clip' | 'thumbnail';
  readonly sizeBytes: number;
  readonly contentType: 'video/mp4' | 'image/jpeg';
  /** Strong, quotes included: changes when a byte does, and tells nothing else. */
  readonly etag: string;
  /**
   * The plaintext from `start` to before `end`; the file is open while it is iterated.
   * @throws Problem vault/locked (409) while the owner's key is locked, vault/damaged where the file is
   */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface PlaybackParts {
  readonly recordings: RecordingQueries;
  readonly vault: Pick<Vault, 'openClip' | 'openObject'>;
}

export class Playback {
  readonly #parts: PlaybackParts;

  constructor(parts: PlaybackParts) {
    this.#parts = parts;
  }

  /** The file of this name, as it is asked for over HTTP; undefined where there is none that `scope` may see. */
  async open(name: string, scope: CameraScope): Promise<PlayableFile | undefined> {
    const found = await this.#parts.recordings.byFile(name, scope);
    if (found === undefined) return undefined;
    return found.kind === 'clip' ? await this.#clip(found.recording) : await this.#thumbnail(found.recording, name);
  }

  async #thumbnail(recording: Recording, name: string): Promise<PlayableFile> {
    const bytes = await this.#parts.vault.openObject(`${name}.age`);
    return {
      recording,
      kind: 'thumbnail',
      sizeBytes: bytes.length,
      contentType: 'image/jpeg',
      etag: `"${recording.id}-jpg"`,
      async *read(start, end) {
        yield bytes.subarray(start, end);
      },
    };
  }

  async #clip(recording: Recording): Promise<PlayableFile> {
    const index = await this.#index(recording);
    const sizeBytes =
      recording.state === 'finished' ? recording.plainBytes : (index?.endOffset ?? recording.plainBytes);
    return {
      recording,
      kind: 'clip',
      sizeBytes,
      contentType: 'video/mp4',
      etag: `"${recording.id}-${recording.state}-${sizeBytes}"`,
      read: (start, end) => this.#read(recording, index, start, end),
    };
  }

  /** Kept in the catalog; read out of the file where a crash left none, or where the file still grows. */
  async #index(recording: Recording): Promise<RecordingIndex | undefined> {
    const { recordings, vault } = this.#parts;
    const kept = await recordings.seekIndex(recording.id, 'all');
    const parsed = kept === undefined ? undefined : tryParseIndex(kept);
    if (parsed !== undefined || recording.state === 'finished') return parsed;
    await using reader = await vault.openClip(`${recording.file}.age`);
    const scanned = await scanClip(reader);
    if (scanned !== undefined && recording.state === 'torn') {
      await recordings.setSeekIndex(recording.id, serializeIndex(scanned));
    }
    return scanned;
  }

  async *#read(
    recording: Recording,
    index: RecordingIndex | undefined,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array> {
    await using reader = await this.#parts.vault.openClip(`${recording.file}.age`);
    let from = start;
    if (index !== undefined && from < index.headBytes) {
      const head = servedHead(await readHead(reader, index.headBytes), index);
      const upTo = Math.min(end, head.length);
      yield head.subarray(from, upTo);
      from = upTo;
    }
    if (from < end) yield* reader.read(from, end);
  }
}

async function readHead(reader: ClipReader, bytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of reader.read(0, bytes)) parts.push(part);
  const head = Buffer.concat(parts);
  if (head.length === bytes) return head;
  throw new Problem('vault/damaged', 'the recording is shorter than it should be', { status: 409 });
}
