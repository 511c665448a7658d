import type { DetectedObject, Recording } from '../api/types.ts';
import { dayKey, dayTitle } from '../messages/times.ts';
import type { ClassGroup } from '../ui/class-group.ts';
import { classGroup } from '../ui/class-group.ts';

export interface DayGroup {
  readonly key: string;
  readonly title: string;
  readonly recordings: readonly Recording[];
}

/** Recordings by the local day of their start, in the order they came. */
export function groupByDay(recordings: readonly Recording[], now: number): DayGroup[] {
  const groups: { key: string; title: string; recordings: Recording[] }[] = [];
  for (const recording of recordings) {
    const at = Date.parse(recording.timestamp);
    const key = dayKey(at);
    const last = groups.at(-1);
    if (last?.key === key) last.recordings.push(recording);
    else groups.push({ key, title: dayTitle(at, now), recordings: [recording] });
  }
  return groups;
}

/** Each class once, with its highest confidence; the surest first. */
export function classesOf(objects: readonly DetectedObject[]): DetectedObject[] {
  const best = new Map<string, DetectedObject>();
  for (const object of objects)
    if (object.confidence > (best.get(object.class)?.confidence ?? Number.NEGATIVE_INFINITY))
      best.set(object.class, object);
  return [...best.values()].sort((a, b) => b.confidence - a.confidence);
}

/** The group of the surest object; `none` when nothing was recognised. */
export function leadingGroup(objects: readonly DetectedObject[]): ClassGroup | 'none' {
  const [first] = classesOf(objects);
  return first === undefined ? 'none' : classGroup(first.class);
}

/** A reloaded first page before what was known, each recording once. Newest first, as the server sorts. */
export function mergeNewer(newer: readonly Recording[], known: readonly Recording[]): Recording[] {
  const ids = new Set(newer.map((recording) => recording.id));
  return [...newer, ...known.filter((recording) => !ids.has(recording.id))];
}
