/**
 * Recordings as they lie on the disk: age files and the wrapped keys of their days. Who holds the owner's identity, or
 * an escrow's, opens them elsewhere; this works in every mode, and is all there is where the server holds no identity.
 */
import type { RecordingId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { RecordingQueries } from '../catalog/recordings.ts';
import type { CameraScope } from '../catalog/scope.ts';
import { tailNameOf } from '../storage/object-name.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Vault } from '../vault/vault.ts';

/** `tail`: the last half second of a clip that isn't finished, an age file of its own. */
export type SealedPart = 'clip' | 'tail' | 'thumbnail';

export interface SealedFile {
  readonly recording: Recording;
  readonly sizeBytes: number;
  /** Strong, quotes included. */
  readonly etag: string;
  /** The age file from `start` to before `end`; it is open while this is iterated. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface SealedFilesParts {
  readonly recordings: Pick<RecordingQueries, 'byId'>;
  readonly store: Pick<ObjectStore, 'open'>;
  readonly vault: Pick<Vault, 'wrappedDayKey'>;
}

const pieceBytes = 256 * 1024;

export class SealedFiles {
  readonly #parts: SealedFilesParts;

  constructor(parts: SealedFilesParts) {
    this.#parts = parts;
  }

  /** undefined where there is none that `scope` may see. @throws Problem storage/… where the disk fails */
  async open(id: RecordingId, part: SealedPart, scope: CameraScope): Promise<SealedFile | undefined> {
    const recording = await this.#parts.recordings.byId(id, scope);
    const name = recording === undefined ? undefined : nameOf(recording, part);
    if (recording === undefined || name === undefined) return undefined;
    const { store } = this.#parts;
    let sizeBytes: number;
    try {
      await using object = await store.open(name);
      sizeBytes = object.sizeBytes;
    } catch (error) {
      if (error instanceof Problem && error.code === 'storage/not-found') return undefined;
      throw error;
    }
    return {
      recording,
      sizeBytes,
      etag: `"${recording.id}-${part}-${recording.state}-${sizeBytes}"`,
      async *read(start, end) {
        await using object = await store.open(name);
        for (let at = start; at < end; ) {
          const target = Buffer.allocUnsafe(Math.min(pieceBytes, end - at));
          const got = await object.read(at, target);
          if (got === 0) return;
          yield target.subarray(0, got);
          at += got;
        }
      },
    };
  }

  /** The key of its day, wrapped to the owner and to escrow: a small age file. @throws Problem vault/no-day-key */
  async key(id: RecordingId, scope: CameraScope): Promise<Uint8Array | undefined> {
    const recording = await this.#parts.recordings.byId(id, scope);
    if (recording === undefined || recording.kid === null) return undefined;
    const date = new Date(recording.startAt).toISOString().slice(0, 10);
    return await this.#parts.vault.wrappedDayKey(date, recording.kid);
  }
}

function nameOf(recording: Recording, part: SealedPart): string | undefined {
  switch (part) {
    case 'clip':
      return `${recording.file}.age`;
    case 'tail':
      return tailNameOf(`${recording.file}.age`);
    case 'thumbnail':
      return recording.thumbnail === null ? undefined : `${recording.thumbnail}.age`;
    default:
      return part satisfies never;
  }
}
