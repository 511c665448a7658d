/**
 * Rows of the SQLite file that the first life of SentriX kept beside its recordings, in the clear. Which table and which columns
 * there are is asked of the file: any table with a path and a time counts, what else is known is taken too.
 */
import { basename } from 'node:path';
import Database from 'better-sqlite3-multiple-ciphers';
import { Problem } from '../base/problem.ts';

export interface FirstLifeRecording {
  /** Base names: the paths were absolute ones of another machine. */
  readonly file: string;
  readonly thumbnail: string | null;
  readonly streamId: string;
  readonly streamName: string;
  /** UTC ms. */
  readonly startAt: number;
  readonly durationMs: number | null;
  readonly confidence: number;
  readonly objects: readonly FirstLifeObject[];
}

export interface FirstLifeObject {
  readonly class: string;
  readonly confidence: number;
  /** x1, y1, x2, y2 in pixels of the picture. */
  readonly bbox: readonly [number, number, number, number] | null;
}

const maxObjects = 1000;

/** Opened read-only. @throws Problem recording/bad-import (422) */
export function readFirstLife(path: string): readonly FirstLifeRecording[] {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: 2000 });
    database.pragma('trusted_schema = OFF');
    const tables = database.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[];
    for (const table of tables) {
      const quoted = `"${table.replaceAll('"', '""')}"`;
      const columns = database.prepare(`select name from pragma_table_info(?)`).pluck().all(table) as string[];
      if (!columns.includes('timestamp') || !columns.includes('file_path')) continue;
      const rows = database.prepare(`select * from ${quoted}`).all() as Record<string, unknown>[];
      return rows.flatMap(toRecording);
    }
  } catch (cause) {
    throw badDatabase('the database beside the recordings cannot be read', cause);
  } finally {
    database?.close();
  }
  throw badDatabase('the database beside the recordings has no table with file_path and timestamp');
}

function badDatabase(detail: string, cause?: unknown): Problem {
  return new Problem('recording/bad-import', detail, {
    status: 422,
    hint: 'stop the program that writes it, or move the file away: the recordings can be imported without it',
    cause,
  });
}

function toRecording(row: Record<string, unknown>): FirstLifeRecording[] {
  const { file_path: path, thumbnail_path: picture, stream_id: id, stream_name: name } = row;
  const startAt = timeOf(row['timestamp']);
  if (typeof path !== 'string' || startAt === undefined) return [];
  const objects = objectsOf(row['objects_detected']);
  const { duration, confidence } = row;
  return [
    {
      file: baseOf(path),
      thumbnail: typeof picture === 'string' && picture !== '' ? baseOf(picture) : null,
      streamId: typeof id === 'string' || typeof id === 'number' ? String(id) : '',
      streamName: typeof name === 'string' ? name.slice(0, 200) : '',
      startAt,
      durationMs: typeof duration === 'number' && duration > 0 ? Math.round(duration * 1000) : null,
      confidence: share(confidence) ?? Math.max(0, ...objects.map((object) => object.confidence)),
      objects,
    },
  ];
}

/** Of a path of any system. */
function baseOf(path: string): string {
  return basename(path.replaceAll('\\', '/'));
}

/** ISO 8601 (without a zone: the time of this machine), or seconds since 1970. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? Math.round(value * 1000) : undefined;
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value.trim().replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}

function objectsOf(value: unknown): FirstLifeObject[] {
  if (typeof value !== 'string') return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return [];
  }
  if (!Array.isArray(parsed)) return [];
  return parsed.slice(0, maxObjects).flatMap((one: unknown) => {
    // Older files have names alone
    if (typeof one === 'string') return [{ class: one.slice(0, 64), confidence: 0, bbox: null }];
    if (typeof one !== 'object' || one === null) return [];
    const { class: word, confidence, bbox } = one as Record<string, unknown>;
    if (typeof word !== 'string') return [];
    const box = Array.isArray(bbox) && bbox.length === 4 && bbox.every(Number.isFinite) ? bbox : null;
    return [
      {
        class: word.slice(0, 64),
        confidence: share(confidence) ?? 0,
        bbox: box as [number, number, number, number] | null,
      },
    ];
  });
}

function share(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined;
}
