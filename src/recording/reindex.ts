/**
 * The catalogue's rows made anew from the clips, which carry their own facts: for a home that was lost, or a clip that came
 * back. Only adds: what the catalogue knows, deleted recordings included, stays as it knows it.
 */
import { createHash } from 'node:crypto';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { isCameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { AdoptedRecording } from '../catalog/recordings.ts';
import type { Facts } from '../media/facts.ts';
import { durationMs } from '../media/recording-index.ts';
import { tailNameOf } from '../storage/object-name.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ClipReader } from '../vault/clip-reader.ts';
import type { Vault } from '../vault/vault.ts';
import { clipFacts } from './clip-facts.ts';
import type { SaidOfClip } from './facts-file.ts';
import { readFactsFile } from './facts-file.ts';
import { thumbnailName } from './names.ts';
import { scanClip } from './scan-clip.ts';

export interface ReindexParts {
  readonly catalog: Pick<Catalog, 'recordings' | 'transaction'>;
  readonly vault: Pick<Vault, 'openClip' | 'openObject'>;
  readonly store: ObjectStore;
  readonly log: Log;
}

export interface Reindexed {
  readonly added: number;
  /** Were in the catalogue already. */
  readonly known: number;
  /** Can't be opened, say nothing of themselves, or say another's id; each is in the log with the reason. */
  readonly refused: number;
}

const blockBytes = 1024 * 1024;

/** @throws Problem vault/locked (409) */
export async function reindex(parts: ReindexParts, signal: AbortSignal): Promise<Reindexed> {
  const { catalog, store, log } = parts;
  let added = 0;
  let known = 0;
  let refused = 0;
  for await (const { name, sizeBytes } of store.list('')) {
    signal.throwIfAborted();
    if (!name.endsWith('.mp4.age')) continue;
    const file = name.slice(0, -'.age'.length);
    if (await catalog.recordings.knows(file)) {
      known++;
      continue;
    }
    try {
      const recording = await read(name, file, sizeBytes, parts);
      const said = await saidOf(recording, parts);
      // All or nothing: what is known already is passed over the next time, without its labels too.
      const taken = await catalog.transaction(async ({ cameras, recordings, annotations, factsDue }) => {
        await cameras.ensure(recording.camera, recording.cameraName);
        if (!(await recordings.adopt(recording))) return false;
        if (said === undefined) return true;
        const { labels, note, heldAt } = said;
        await annotations.set(recording.id, { labels, note });
        if (heldAt !== null) await recordings.setHold(recording.id, heldAt, 'all');
        const [due] = await factsDue.list(1, recording.id - 1);
        if (due?.recording === recording.id) await factsDue.done(due);
        return true;
      });
      if (!taken) throw new Error('another recording has its id');
      added++;
    } catch (error) {
      if (error instanceof Problem && error.code === 'vault/locked') throw error;
      log.warn({ file, ...describeError(error) }, 'clip not taken into the catalogue');
      refused++;
    }
  }
  return { added, known, refused };
}

/** Facts that can't be read are no reason to lose the clip. */
async function saidOf(
  { file, id }: Pick<AdoptedRecording, 'file' | 'id'>,
  { vault, store, log }: ReindexParts,
): Promise<SaidOfClip | undefined> {
  try {
    return await readFactsFile({ vault, store }, file, id);
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'vault/locked') throw error;
    log.warn({ file, ...describeError(error) }, 'clip taken into the catalogue without its labels, note and hold');
    return undefined;
  }
}

async function read(
  name: string,
  file: string,
  sizeBytes: number,
  { vault, store }: ReindexParts,
): Promise<AdoptedRecording> {
  await using reader = await vault.openClip(name);
  const scan = await scanClip(reader);
  if (scan === undefined) return await readImported(reader, { name, file, sizeBytes }, store);
  const facts = tryHead(scan.facts);
  if (facts === undefined || !isNamed(file, facts))
    throw new Error('it does not say whose recording it is, or its name says another');
  const tail = await store.stat(tailNameOf(name));
  const thumbnail = thumbnailName(file);
  const { index, finalFacts } = scan;
  const finished = finalFacts !== undefined;
  const saidEnd = finalFacts?.['endAt'];
  return {
    ...facts,
    file,
    state: finished ? 'finished' : 'torn',
    endAt: finished && typeof saidEnd === 'number' ? saidEnd : Math.round(facts.startAt + durationMs(index)),
    kid: null,
    plainBytes: finished ? reader.plainBytes : index.endOffset,
    sealedBytes: sizeBytes + (tail?.sizeBytes ?? 0),
    sha256: finished ? await hashOf(store, name) : null,
    thumbnail: (await store.stat(`${thumbnail}.age`)) === undefined ? null : thumbnail,
    tailOffset: finished ? index.endOffset : null,
  };
}

/** What was imported is as it came, with our facts behind it. */
async function readImported(
  reader: ClipReader,
  { name, file, sizeBytes }: { readonly name: string; readonly file: string; readonly sizeBytes: number },
  store: ObjectStore,
): Promise<AdoptedRecording> {
  const said = reader.torn ? undefined : await clipFacts(reader);
  const facts = tryHead(said);
  if (facts?.reason !== 'imported' || !isNamed(file, facts))
    throw new Error('it does not say whose recording it is, or its name says another');
  const endAt = said?.['endAt'];
  const thumbnail = thumbnailName(file);
  return {
    ...{ ...facts, file, state: 'finished', kid: null, tailOffset: null },
    endAt: typeof endAt === 'number' ? endAt : facts.startAt,
    plainBytes: reader.plainBytes,
    sealedBytes: sizeBytes,
    sha256: await hashOf(store, name),
    thumbnail: (await store.stat(`${thumbnail}.age`)) === undefined ? null : thumbnail,
  };
}

/** The name is anybody's to change; what is sealed inside isn't. */
function isNamed(file: string, { camera, id }: Pick<AdoptedRecording, 'id' | 'camera'>): boolean {
  return file.startsWith(`${camera}/`) && file.endsWith(`-${id}.mp4`);
}

function tryHead(
  facts: Facts | undefined,
): Pick<AdoptedRecording, 'id' | 'camera' | 'cameraName' | 'startAt' | 'reason'> | undefined {
  if (facts === undefined) return undefined;
  const { recording: id, camera, name, startAt, reason } = facts;
  if (!Number.isSafeInteger(id) || (id as number) < 1 || typeof camera !== 'string' || !isCameraId(camera))
    return undefined;
  if (typeof startAt !== 'number' || !Number.isFinite(startAt)) return undefined;
  return {
    id: id as RecordingId,
    camera: camera as CameraId,
    cameraName: typeof name === 'string' ? name : camera,
    startAt,
    reason: typeof reason === 'string' ? reason : 'event',
  };
}

/** Hex SHA-256 of an object as it is stored. */
export async function hashOf(store: Pick<ObjectStore, 'open'>, name: string): Promise<string> {
  await using object = await store.open(name);
  const hash = createHash('sha256');
  const block = Buffer.alloc(blockBytes);
  for (let offset = 0; ; ) {
    const bytes = await object.read(offset, block);
    if (bytes === 0) break;
    hash.update(block.subarray(0, bytes));
    offset += bytes;
  }
  return hash.digest('hex');
}
