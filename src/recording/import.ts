/**
 * Recordings of the first life into the vault. Each is kept as it is, sealed to the key of its own day, with facts of ours behind
 * it. The audit log remembers what was taken in, so that it goes on where it stopped; what a crash leaves in the middle is
 * dropped by the next start. The originals stay unless it is asked otherwise, and go one by one, each when its recording is durable.
 */
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AuditLog } from '../audit/log.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { isCameraId, slugOf } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { FirstLifeRecording } from '../catalog/first-life.ts';
import { readFirstLife } from '../catalog/first-life.ts';
import { factsBox } from '../media/facts.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { FernetKey } from '../vault/fernet.ts';
import type { Vault } from '../vault/vault.ts';
import type { Mp4Facts } from './import/mp4-probe.ts';
import { Mp4Probe } from './import/mp4-probe.ts';
import { findOriginals, readFernetKey, readOriginal } from './import/originals.ts';
import { clipName, thumbnailName } from './names.ts';

export interface ImportParts {
  readonly catalog: Pick<Catalog, 'recordings' | 'cameras' | 'events'>;
  readonly vault: Pick<Vault, 'createClip' | 'sealObject'>;
  readonly store: Pick<ObjectStore, 'remove'>;
  readonly audit: Pick<AuditLog, 'append' | 'read'>;
  /** Age in ms at which retention deletes a recording of this camera; null: never for its age. */
  readonly maxAgeMs: (camera: CameraId) => number | null;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ImportWish {
  /** Absolute. */
  readonly directory: string;
  /** Absolute; undefined: looked for in the directory. */
  readonly keyFile?: string;
  /** Delete each original when its recording is durable. */
  readonly remove: boolean;
  /** Put each on legal hold: without it, what retention would delete at once isn't taken in. */
  readonly hold: boolean;
  /** Go on behind this name. */
  readonly after?: string;
  readonly by: { readonly who: string | null; readonly from: string | null };
}

export interface Imported {
  readonly imported: number;
  /** Were taken in before. */
  readonly known: number;
  /** Older than retention lets them be. */
  readonly tooOld: number;
  readonly refused: readonly { readonly name: string; readonly why: string }[];
  /** Originals deleted. */
  readonly removed: number;
  /** Where to go on; undefined where it came to the end. */
  readonly next?: string;
}

/** A call works so long and says where it is: whoever asked can tell, and stop. */
const turnMs = 15_000;
const maxPictureBytes = 16 * 1024 * 1024;

/** @throws Problem recording/bad-import, vault/no-owner, vault/bad-identity, storage/full */
export async function importRecordings(parts: ImportParts, wish: ImportWish, signal: AbortSignal): Promise<Imported> {
  const { clock, log } = parts;
  const { directory } = wish;
  const originals = await findOriginals(directory);
  const rows = new Map<string, FirstLifeRecording>();
  if (originals.database !== undefined)
    for (const row of readFirstLife(join(directory, originals.database))) rows.set(row.file, row);
  const keyPath = wish.keyFile ?? (originals.key === undefined ? undefined : join(directory, originals.key));
  const isSealed = originals.videos.some((name) => /\.enc$/i.test(name));
  const key = keyPath === undefined || !isSealed ? undefined : await readFernetKey(keyPath);
  const before = await importedBefore(parts);
  const refused: { name: string; why: string }[] = [];
  const counts = { imported: 0, known: 0, tooOld: 0, removed: 0 };
  const until = clock.monotonicMs() + turnMs;
  for (const name of originals.videos) {
    if (wish.after !== undefined && name <= wish.after) continue;
    signal.throwIfAborted();
    try {
      const outcome = await importOne(parts, wish, {
        name,
        key,
        before,
        names: originals.names,
        row: rowOf(rows, name),
      });
      counts[outcome]++;
      if (wish.remove && outcome !== 'tooOld') {
        await rm(join(directory, name), { force: true });
        counts.removed++;
      }
    } catch (error) {
      // Of this file alone; what is wrong with us stops it
      if (!(error instanceof Problem) || !['recording/bad-import', 'vault/damaged'].includes(error.code)) throw error;
      log.warn({ name, ...describeError(error) }, 'original not imported');
      refused.push({ name, why: error.detail });
    }
    if (clock.monotonicMs() > until && name !== originals.videos.at(-1)) return { ...counts, refused, next: name };
  }
  return { ...counts, refused };
}

interface Original {
  readonly name: string;
  readonly key: FernetKey | undefined;
  readonly row: FirstLifeRecording | undefined;
  readonly names: ReadonlySet<string>;
  /** Hash of an original → the file it became. */
  readonly before: Map<string, string>;
}

async function importOne(
  parts: ImportParts,
  wish: ImportWish,
  { name, key, row, names, before }: Original,
): Promise<'imported' | 'known' | 'tooOld'> {
  const { catalog, vault, audit, clock } = parts;
  const path = join(wish.directory, name);
  const { facts, sha256: original } = await looked(path, key);
  const known = before.get(original);
  if (known !== undefined && (await catalog.recordings.knows(known))) return 'known';
  const startAt = row?.startAt ?? timeInName(name) ?? Math.round((await stat(path)).mtimeMs - (facts.durationMs ?? 0));
  const endAt = startAt + (row?.durationMs ?? facts.durationMs ?? 0);
  const { camera, cameraName } = cameraOf(name, row);
  const maxAgeMs = parts.maxAgeMs(camera);
  if (!wish.hold && maxAgeMs !== null && endAt < clock.now() - maxAgeMs) return 'tooOld';

  await catalog.cameras.ensure(camera, cameraName);
  const size = { width: facts.width, height: facts.height };
  const made = {
    camera,
    startAt,
    reason: 'imported',
    ...size,
    file: (id: RecordingId) => clipName(camera, startAt, id),
  };
  const { id, file } = await catalog.recordings.create(made);
  try {
    const writer = await vault.createClip(`${file}.age`, { clipId: String(id), at: startAt });
    const plainHash = createHash('sha256');
    const originalHash = createHash('sha256');
    try {
      for await (const piece of readOriginal(path, key)) {
        originalHash.update(piece);
        plainHash.update(piece);
        await writer.write(piece);
      }
      if (originalHash.digest('hex') !== original) throw changed();
      const tailOffset = writer.plainBytes;
      const box = factsBox({ version: 1, recording: id, camera, name: cameraName, startAt, endAt, reason: 'imported' });
      plainHash.update(box);
      await writer.write(box);
      const { plainBytes, sealedBytes, ciphertextSha256: sha256 } = await writer.finish();
      const thumbnail = await sealPicture(parts, wish, { name, key, row, names }, { file, startAt });
      await audit.append({
        ...{ kind: 'recording.imported', ...wish.by, camera },
        detail: { recording: id, file, sha256, plainSha256: plainHash.digest('hex'), originalSha256: original },
      });
      await catalog.recordings.finish(id, {
        ...{ state: 'finished', endAt, plainBytes, sealedBytes, sha256, tailOffset, kid: writer.kid },
        ...{ confidence: row?.confidence ?? 0, ...(thumbnail === undefined ? {} : { thumbnail }) },
      });
      before.set(original, file);
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  } catch (error) {
    for (const one of [file, thumbnailName(file)]) await parts.store.remove(`${one}.age`).catch(() => {});
    await catalog.recordings.discard(id);
    throw error;
  }
  await linkObjects(parts, { id, camera, startAt, endAt }, row, facts);
  if (wish.hold) await catalog.recordings.setHold(id, clock.now(), 'all');
  return 'imported';
}

/** A first pass: is it a whole MP4, and of which bytes? What is encrypted is known to be whole only at its end. */
async function looked(path: string, key: FernetKey | undefined): Promise<{ facts: Mp4Facts; sha256: string }> {
  const probe = new Mp4Probe();
  const hash = createHash('sha256');
  for await (const piece of readOriginal(path, key)) {
    probe.push(piece);
    hash.update(piece);
  }
  const facts = probe.end();
  if (facts === undefined)
    throw new Problem('recording/bad-import', 'this file is no whole MP4', { status: 422, safe: { path } });
  return { facts, sha256: hash.digest('hex') };
}

async function sealPicture(
  { vault, log }: ImportParts,
  { directory }: ImportWish,
  { name, key, row, names }: Omit<Original, 'before'>,
  { file, startAt }: { readonly file: string; readonly startAt: number },
): Promise<string | undefined> {
  const stem = name.replace(/(?:\.mp4)?(?:\.enc)?$/i, '');
  const folder = dirname(name) === '.' ? '' : `${dirname(name)}/`;
  const wanted = [`${stem}.jpg`, ...(row?.thumbnail ? [`${folder}${row.thumbnail}`, row.thumbnail] : [])];
  const picture = wanted.flatMap((one) => [one, `${one}.enc`]).find((one) => names.has(one));
  if (picture === undefined) return undefined;
  try {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of readOriginal(join(directory, picture), key)) {
      bytes += piece.length;
      if (bytes > maxPictureBytes) throw new Problem('recording/bad-import', 'the picture is too large');
      pieces.push(piece);
    }
    const jpeg = Buffer.concat(pieces);
    // JPEG's start of image; what isn't a picture is served as none
    if (jpeg.readUInt16BE(0) !== 0xffd8) throw new Problem('recording/bad-import', 'the picture is no JPEG');
    const thumbnail = thumbnailName(file);
    await vault.sealObject(`${thumbnail}.age`, jpeg, { at: startAt });
    return thumbnail;
  } catch (error) {
    // A clip without its picture is still evidence; a full disk stops everything
    if (error instanceof Problem && error.code.startsWith('storage/')) throw error;
    log.warn({ name: picture, ...describeError(error) }, 'picture not imported');
    return undefined;
  }
}

async function linkObjects(
  { catalog }: ImportParts,
  recording: { readonly id: RecordingId; readonly camera: CameraId; readonly startAt: number; readonly endAt: number },
  row: FirstLifeRecording | undefined,
  { width, height }: Mp4Facts,
): Promise<void> {
  if (row === undefined || row.objects.length === 0) return;
  const { id, camera, startAt, endAt } = recording;
  const [w, h] = [width ?? 1, height ?? 1];
  const event = await catalog.events.create({ camera, startAt });
  const objects = row.objects.map(({ class: word, confidence, bbox }, number) => {
    const [x1, y1, x2, y2] = bbox ?? [0, 0, 0, 0];
    const box = [share(x1 / w), share(y1 / h), share((x2 - x1) / w), share((y2 - y1) / h)] as const;
    return { number, class: word, confidence, box, width: w, height: h, firstAt: startAt, lastAt: endAt };
  });
  await catalog.events.update(event, { objects, endAt });
  await catalog.recordings.link(id, event);
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** By the row, else by the folder it lies in. */
function cameraOf(name: string, row: FirstLifeRecording | undefined): { camera: CameraId; cameraName: string } {
  const said = row === undefined ? '' : row.streamName || row.streamId;
  const folder = dirname(name) === '.' ? '' : basename(dirname(name));
  const cameraName = said || folder || 'Imported';
  const slug = slugOf(row?.streamId || cameraName);
  return { camera: (isCameraId(slug) ? slug : 'imported') as CameraId, cameraName };
}

function rowOf(rows: ReadonlyMap<string, FirstLifeRecording>, name: string): FirstLifeRecording | undefined {
  const base = basename(name);
  // The row may name the file as it was before it was encrypted
  return rows.get(base) ?? rows.get(base.replace(/\.enc$/i, '')) ?? rows.get(`${base.replace(/\.enc$/i, '')}.mp4`);
}

/** `…_20250301_123456…`, in this machine's time. */
function timeInName(name: string): number | undefined {
  const match = /(20\d\d)-?(\d\d)-?(\d\d)[T_ -](\d\d)[:-]?(\d\d)[:-]?(\d\d)/.exec(basename(name));
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const at = new Date(year, month - 1, day, hour, minute, second).getTime();
  return Number.isNaN(at) ? undefined : at;
}

async function importedBefore({ audit }: ImportParts): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { kind, detail } of audit.read({ limit: Number.POSITIVE_INFINITY })) {
    if (kind !== 'recording.imported') continue;
    const { originalSha256, file } = detail ?? {};
    if (typeof originalSha256 === 'string' && typeof file === 'string') found.set(originalSha256, file);
  }
  return found;
}

function changed(): Problem {
  return new Problem('recording/bad-import', 'this file changed while it was imported', { status: 409 });
}
