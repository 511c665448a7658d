/**
 * How long the space lasts, and what goes next: from what is there, what was recorded in the last days, and the rules of
 * retention. A forecast, not a promise: a busy night comes sooner.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Ages, RetentionReason, RetentionRules } from './retention.ts';
import { ageOf } from './retention-age.ts';

export interface ForecastParts {
  readonly catalog: Pick<Catalog, 'recordings' | 'statistics'>;
  readonly store: Pick<ObjectStore, 'freeBytes'>;
  readonly rules: () => RetentionRules;
  readonly clock: Clock;
}

export interface CameraSpace {
  readonly camera: CameraId;
  readonly recordings: number;
  readonly usedBytes: number;
  readonly bytesPerDay: number | null;
  readonly oldestAt: number | null;
  readonly maxBytes: number | null;
  readonly maxAgeMs: number | null;
}

export interface ExpectedDeletion {
  readonly id: RecordingId;
  readonly camera: CameraId;
  readonly startAt: number;
  readonly sealedBytes: number;
  readonly reason: RetentionReason;
  /** UTC ms. */
  readonly at: number;
}

export interface Forecast {
  readonly usedBytes: number;
  readonly maxBytes: number;
  readonly diskFreeBytes: number;
  readonly keepFreeBytes: number;
  readonly bytesPerDay: number | null;
  readonly fullAt: number | null;
  readonly reachMs: number | null;
  readonly cameras: readonly CameraSpace[];
  readonly next: readonly ExpectedDeletion[];
}

const dayMs = 86_400_000;
const measuredDays = 7;
/** Looked at of each camera, and listed in all. */
const listed = 50;

export async function forecast({ catalog, store, rules, clock }: ForecastParts): Promise<Forecast> {
  const now = clock.now();
  const { all, cameras, freeBytes: keepFreeBytes } = rules();
  const totals = await catalog.statistics.recordingsByCamera('all');
  const lately = await catalog.statistics.recordingsByCamera('all', { from: now - measuredDays * dayMs });
  const oldestAt = Math.min(...[...totals.values()].map((one) => one.oldestAt ?? now), now);
  // A system of two days has recorded for two, not seven.
  const days = Math.min(measuredDays, Math.max(1, (now - oldestAt) / dayMs));
  const ids = [...new Set([...cameras.keys(), ...totals.keys()])].sort();
  const spaces = ids.map((camera): CameraSpace => {
    const { maxAgeMs, maxBytes = null } = { maxBytes: null, ...(cameras.get(camera) ?? { maxAgeMs: all.maxAgeMs }) };
    const total = totals.get(camera);
    const bytes = lately.get(camera)?.bytes ?? 0;
    return {
      camera,
      recordings: total?.count ?? 0,
      usedBytes: total?.bytes ?? 0,
      bytesPerDay: bytes === 0 ? null : bytes / days,
      oldestAt: total?.oldestAt ?? null,
      maxAgeMs,
      maxBytes,
    };
  });
  const usedBytes = spaces.reduce((sum, one) => sum + one.usedBytes, 0);
  const bytesPerDay = spaces.reduce((sum, one) => sum + (one.bytesPerDay ?? 0), 0) || null;
  const diskFreeBytes = await store.freeBytes();
  const roomBytes = Math.min(all.maxBytes - usedBytes, diskFreeBytes - keepFreeBytes);
  const capacity = usedBytes + roomBytes;
  const ages = spaces.flatMap(({ camera, maxAgeMs }) => [
    maxAgeMs ?? Number.POSITIVE_INFINITY,
    ...((cameras.get(camera) ?? all).classAgeMs?.values() ?? []),
  ]);
  const ageLimit = Math.max(0, ...ages);
  const spaceLimit = bytesPerDay === null ? Number.POSITIVE_INFINITY : (capacity / bytesPerDay) * dayMs;
  const reach = spaces.length === 0 ? Number.POSITIVE_INFINITY : Math.min(ageLimit, spaceLimit);
  return {
    usedBytes,
    maxBytes: all.maxBytes,
    diskFreeBytes,
    keepFreeBytes,
    bytesPerDay,
    // Where everything goes by age before the space is used up, space never runs out.
    fullAt: bytesPerDay === null || ageLimit < spaceLimit ? null : whenWritten(now, roomBytes, bytesPerDay),
    reachMs: Number.isFinite(reach) ? reach : null,
    cameras: spaces,
    next: await nextToGo({
      catalog,
      spaces,
      agesOf: (camera) => cameras.get(camera) ?? all,
      roomBytes,
      lacksDisk: roomBytes < all.maxBytes - usedBytes,
      bytesPerDay,
      now,
    }),
  };
}

function whenWritten(now: number, bytes: number, bytesPerDay: number): number {
  // No date lies further away than this.
  return Math.min(now + (Math.max(0, bytes) / bytesPerDay) * dayMs, 8.64e15);
}

async function nextToGo(of: {
  readonly catalog: ForecastParts['catalog'];
  readonly spaces: readonly CameraSpace[];
  readonly agesOf: (camera: CameraId) => Ages;
  readonly roomBytes: number;
  readonly lacksDisk: boolean;
  readonly bytesPerDay: number | null;
  readonly now: number;
}): Promise<ExpectedDeletion[]> {
  const { catalog, spaces, roomBytes, bytesPerDay, now } = of;
  const soonest = new Map<RecordingId, ExpectedDeletion>();
  const offer = (one: ExpectedDeletion): void => {
    const known = soonest.get(one.id);
    if (known === undefined || one.at < known.at) soonest.set(one.id, one);
  };
  for (const { camera, maxBytes, usedBytes, bytesPerDay: perDay } of spaces) {
    const ages = of.agesOf(camera);
    const none = ages.maxAgeMs === null && (ages.classAgeMs?.size ?? 0) === 0;
    if (none && (maxBytes === null || perDay === null)) continue;
    let room = (maxBytes ?? 0) - usedBytes;
    const oldest = await catalog.recordings.oldest(listed, { camera });
    const classes = await catalog.recordings.classesOf(oldest.map(({ id }) => id));
    for (const { id, startAt, sealedBytes } of oldest) {
      const maxAgeMs = ageOf(ages, classes.get(id) ?? []);
      const going = { id, camera, startAt, sealedBytes };
      if (maxAgeMs !== null) offer({ ...going, reason: 'age', at: Math.max(now, startAt + maxAgeMs) });
      if (maxBytes === null || perDay === null) continue;
      offer({ ...going, reason: 'space of the camera', at: whenWritten(now, room, perDay) });
      room += sealedBytes;
    }
  }
  if (bytesPerDay !== null) {
    let room = roomBytes;
    for (const { id, camera, startAt, sealedBytes } of await catalog.recordings.oldest(listed)) {
      const reason = of.lacksDisk ? 'free space' : 'space of all';
      offer({ id, camera, startAt, sealedBytes, reason, at: whenWritten(now, room, bytesPerDay) });
      room += sealedBytes;
    }
  }
  return [...soonest.values()].sort((a, b) => a.at - b.at || a.startAt - b.startAt).slice(0, listed);
}
