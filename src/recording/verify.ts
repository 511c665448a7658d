/**
 * Are the recordings the files that were recorded? Compares each sealed file with the hash in the audit log, which nobody
 * can change unseen, and with that of the catalogue. Needs no owner key: it is the ciphertext that is looked at.
 */

import type { AuditEntry } from '../audit/entry.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import { tailNameOf } from '../storage/object-name.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { hashOf } from './reindex.ts';

export interface VerifyParts {
  readonly recordingLists: Pick<Catalog['recordingLists'], 'list' | 'byId'>;
  readonly store: ObjectStore;
  /** The whole audit log, in order. */
  readonly entries: () => AsyncIterable<AuditEntry>;
}

export interface VerifiedRecording {
  readonly id: RecordingId;
  readonly camera: CameraId;
  readonly file: string;
  /** Nothing where all is well. */
  readonly faults: readonly string[];
}

interface Logged {
  readonly sha256: string;
  readonly tailSha256: string | undefined;
}

const page = 500;
/** Entries that say which file a recording became. */
const endings = new Set(['recording.finished', 'recording.torn', 'recording.imported']);

/** Of one recording (none where there is no such), or of all that are finished or torn. */
export async function* verifyRecordings(
  parts: VerifyParts,
  id: RecordingId | undefined,
  signal: AbortSignal,
): AsyncIterable<VerifiedRecording> {
  const logged = new Map<number, Logged>();
  /** Whose file a hash is: two that were swapped are told by it. */
  const owners = new Map<string, number>();
  for await (const { kind, detail } of parts.entries()) {
    if (!endings.has(kind)) continue;
    const { recording, sha256, tailSha256 } = detail ?? {};
    if (typeof recording !== 'number' || typeof sha256 !== 'string') continue;
    logged.set(recording, { sha256, tailSha256: typeof tailSha256 === 'string' ? tailSha256 : undefined });
    owners.set(sha256, recording);
  }
  for await (const recording of recordingsOf(parts, id)) {
    signal.throwIfAborted();
    if (recording.state === 'open') continue;
    const faults = await faultsOf(recording, logged.get(recording.id), owners, parts.store);
    yield { id: recording.id, camera: recording.camera, file: recording.file, faults };
  }
}

async function* recordingsOf({ recordingLists }: VerifyParts, id: RecordingId | undefined): AsyncIterable<Recording> {
  if (id !== undefined) {
    const one = await recordingLists.byId(id, 'all');
    if (one !== undefined) yield one;
    return;
  }
  for (let offset = 0; ; offset += page) {
    const { recordings } = await recordingLists.list({ limit: page, offset, sortOrder: 'asc' }, 'all');
    yield* recordings;
    if (recordings.length < page) return;
  }
}

async function faultsOf(
  { id, file, sha256, state }: Recording,
  logged: Logged | undefined,
  owners: ReadonlyMap<string, number>,
  store: ObjectStore,
): Promise<string[]> {
  const name = `${file}.age`;
  const faults: string[] = [];
  if (logged === undefined) faults.push('the audit log knows nothing of it');
  else if (sha256 !== null && sha256 !== logged.sha256)
    faults.push('the catalogue has another hash than the audit log');
  const expected = logged?.sha256 ?? sha256;
  const found = await tryHash(store, name);
  if (typeof found !== 'string') faults.push(found.fault);
  else if (expected !== null && found !== expected) {
    const other = owners.get(found);
    faults.push(
      other === undefined || other === id ? 'the file was changed or cut' : `the file is that of recording ${other}`,
    );
  }
  const tail = tailNameOf(name);
  if (logged?.tailSha256 !== undefined) {
    const foundTail = await tryHash(store, tail);
    if (typeof foundTail !== 'string') faults.push(`its tail: ${foundTail.fault}`);
    else if (foundTail !== logged.tailSha256) faults.push('its tail was changed or cut');
  } else if (state === 'finished' && (await store.stat(tail)) !== undefined) {
    faults.push('there is a tail beside it that is not its own');
  }
  return faults;
}

async function tryHash(store: ObjectStore, name: string): Promise<string | { readonly fault: string }> {
  try {
    return await hashOf(store, name);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      fault: error.code === 'storage/not-found' ? 'the file is gone' : `the file cannot be read: ${error.detail}`,
    };
  }
}
