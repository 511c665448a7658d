/**
 * After a crash: recordings whose rows are still open. What was sealed is whole; what is missing is the end. Each gets
 * the end that its file shows, or goes where nothing of it was written, so that rows and files agree before anything new is
 * recorded.
 */
import type { CameraId, RecordingId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { RecordingQueries } from '../catalog/recordings.ts';
import { durationMs } from '../media/recording-index.ts';
import { tailNameOf } from '../storage/object-name.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Vault } from '../vault/vault.ts';
import { thumbnailName } from './names.ts';
import { hashOf } from './reindex.ts';
import { scanClip } from './scan-clip.ts';

export interface RecoveryParts {
  readonly recordings: RecordingQueries;
  readonly vault: Pick<Vault, 'openClip'>;
  readonly store: ObjectStore;
  readonly log: Log;
  /** Resolves when it is written down what lies there: hex SHA-256 of the sealed clip and of its tail. */
  readonly torn: (clip: {
    readonly id: RecordingId;
    readonly camera: CameraId;
    readonly sha256: string;
    readonly tailSha256?: string;
  }) => Promise<unknown>;
}

/** Closes what a crash left open. Returns how many there were. */
export async function recoverRecordings(parts: RecoveryParts): Promise<number> {
  const left = await parts.recordings.open();
  for (const recording of left) {
    try {
      await recover(recording, parts);
    } catch (error) {
      parts.log.error({ recording: recording.id, ...describeError(error) }, 'recording not recovered');
    }
  }
  return left.length;
}

async function recover(recording: Recording, parts: RecoveryParts): Promise<void> {
  const { recordings, vault, store, log } = parts;
  const name = `${recording.file}.age`;
  if (recording.reason === 'imported') {
    // Its original is still there, and comes in whole the next time
    for (const one of [name, tailNameOf(name), `${thumbnailName(recording.file)}.age`]) await store.remove(one);
    await recordings.discard(recording.id);
    return;
  }
  const facts = await store.stat(name);
  const tail = await store.stat(tailNameOf(name));
  if (facts === undefined) {
    await recordings.discard(recording.id);
    log.warn({ recording: recording.id }, 'recording without a file dropped');
    return;
  }
  // Without the owner's key nobody can look inside: the file's own times say when it ended, to half a second.
  let endAt = Math.max(recording.startAt, facts.modifiedAt, tail?.modifiedAt ?? 0);
  let plainBytes = facts.sizeBytes;
  try {
    await using reader = await vault.openClip(name);
    const scan = await scanClip(reader);
    const index = scan?.index;
    plainBytes = reader.plainBytes;
    if (index !== undefined) {
      endAt = Math.round(recording.startAt + durationMs(index));
      plainBytes = index.endOffset;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    log.info({ recording: recording.id, ...describeError(error) }, 'torn recording not looked into');
  }
  const sha256 = await hashOf(store, name);
  const tailSha256 = tail === undefined ? undefined : await hashOf(store, tailNameOf(name));
  await parts.torn({
    ...{ id: recording.id, camera: recording.camera, sha256 },
    ...(tailSha256 === undefined ? {} : { tailSha256 }),
  });
  await recordings.finish(recording.id, {
    state: 'torn',
    endAt,
    plainBytes,
    sealedBytes: facts.sizeBytes + (tail?.sizeBytes ?? 0),
    sha256,
    tailOffset: null,
  });
  log.warn({ recording: recording.id, seconds: (endAt - recording.startAt) / 1000 }, 'torn recording taken in');
}
