/** Recordings as the routes ask for them, from the catalog's rows and the vault's files. */
import type { Clock } from '../base/clock.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { fold } from '../catalog/annotations.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ListedRecording } from '../catalog/recording-lists.ts';
import type { Deletion } from '../recording/deletion.ts';
import type { ExportParts } from '../recording/export.ts';
import { openExport } from '../recording/export.ts';
import type { FactsFiles } from '../recording/facts-file.ts';
import type { Playback } from '../recording/playback.ts';
import { SingleVerification } from '../recording/single-verification.ts';
import type { VerifyParts } from '../recording/verify.ts';
import type {
  CameraScope,
  RecordedFile,
  RecordingEntry,
  RecordingQuery,
  RecordingsView,
  RecordingTotals,
} from './parts.ts';

export interface RecordingsViewParts {
  readonly catalog: Pick<Catalog, 'recordingLists' | 'recordings' | 'statistics' | 'annotations' | 'cameras'>;
  readonly playback: Playback;
  readonly facts: Pick<FactsFiles, 'writeOf'>;
  readonly deletion: Deletion;
  readonly exports: ExportParts;
  readonly verification: VerifyParts;
  readonly clock: Clock;
}

export function recordingsView(parts: RecordingsViewParts): RecordingsView {
  const { catalog, playback, facts, deletion, exports, clock } = parts;
  const verification = new SingleVerification(parts.verification);
  /** Cameras whose name has `text` in it. */
  const named = async (text: string): Promise<CameraId[]> =>
    (await catalog.cameras.list({ removed: true }))
      .filter(({ name }) => fold(name).includes(fold(text)))
      .map(({ slug }) => slug);
  return {
    async list(query: RecordingQuery, cameras: CameraScope) {
      const { before, state, ...rest } = query;
      const { text } = rest;
      const { total, totalIsExact, recordings, next } = await catalog.recordingLists.list(
        {
          ...rest,
          ...(text === undefined ? {} : { textCameras: await named(text) }),
          ...(before === undefined ? {} : { to: before - 1 }),
          ...(state === 'open' ? { states: ['open'] as const } : {}),
        },
        cameras,
      );
      return { total, totalIsExact, recordings: recordings.map(toEntry), next };
    },
    async find(id: RecordingId, cameras: CameraScope) {
      const recording = await catalog.recordingLists.byId(id, cameras);
      return recording === undefined ? undefined : toEntry(recording);
    },
    async totals(cameras: CameraScope) {
      return toTotals(await catalog.statistics.recordings({}, cameras));
    },
    async totalsByCamera(cameras: CameraScope) {
      const totals = await catalog.statistics.recordingsByCamera(cameras);
      return new Map<CameraId, RecordingTotals>([...totals].map(([camera, row]) => [camera, toTotals(row)]));
    },
    async hold(id, hold, cameras) {
      if (!(await catalog.recordings.setHold(id, hold ? clock.now() : null, cameras))) return false;
      await facts.writeOf(id);
      return true;
    },
    async annotate(id, change, cameras) {
      if ((await catalog.recordings.byId(id, cameras)) === undefined) return false;
      await catalog.annotations.set(id, change);
      await facts.writeOf(id);
      return true;
    },
    remove: (id, cameras) => deletion.remove(id, cameras),
    async verify(id, cameras, signal) {
      if ((await catalog.recordings.byId(id, cameras)) === undefined) return undefined;
      return await verification.faults(id, signal);
    },
    export: (wish, signal) => openExport(exports, wish, signal),
    async file(path: string, cameras: CameraScope): Promise<RecordedFile | undefined> {
      const file = await playback.open(path, cameras);
      if (file === undefined) return undefined;
      const { recording, kind, sizeBytes, contentType, etag } = file;
      return {
        recording: recording.id,
        camera: recording.camera,
        kind,
        sizeBytes,
        contentType,
        etag,
        read: (start, end) => file.read(start, end),
      };
    },
  };
}

function toEntry(recording: ListedRecording): RecordingEntry {
  return {
    id: recording.id,
    camera: recording.camera,
    cameraName: recording.cameraName,
    startAt: recording.startAt,
    durationMs: (recording.endAt ?? recording.startAt) - recording.startAt,
    file: recording.file,
    thumbnail: recording.thumbnail,
    objects: recording.objects,
    confidence: recording.confidence,
    width: recording.width ?? 0,
    height: recording.height ?? 0,
    retained: recording.state !== 'deleted',
    held: recording.heldAt !== null,
    labels: recording.labels,
    note: recording.note,
  };
}

function toTotals(row: {
  readonly count: number;
  readonly durationMs: number;
  readonly bytes: number;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
}): RecordingTotals {
  const { bytes, ...rest } = row;
  return { ...rest, sizeBytes: bytes };
}
