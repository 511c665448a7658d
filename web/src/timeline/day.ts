/** A day as the server tells it, with its times as numbers, and the questions that playing it asks. */
import type { Timeline } from '../../../src/http/schemas/timeline.ts';

export interface Span {
  readonly from: number;
  /** The moment of asking for what still goes on. */
  readonly to: number;
}

export interface Clip extends Span {
  readonly id: number;
}

export interface Visit extends Span {
  readonly id: number;
  readonly camera: string;
  readonly classes: readonly string[];
  readonly counts: readonly (readonly [string, number])[];
}

export interface Loss extends Span {
  readonly reason: string;
}

export interface CameraDay {
  readonly id: string;
  readonly name: string;
  readonly coverage: readonly Span[];
  /** What can be played, in order; one that is still being made can't. */
  readonly clips: readonly Clip[];
  readonly visits: readonly Visit[];
  readonly losses: readonly Loss[];
}

export interface Day {
  readonly from: number;
  readonly to: number;
  readonly truncated: boolean;
  readonly cameras: readonly CameraDay[];
}

export function readDay(answer: Timeline, now: number): Day {
  const [from, to] = [Date.parse(answer.start), Date.parse(answer.end)];
  const span = (one: { readonly start: string; readonly end: string | null }): Span => ({
    from: Math.max(from, Date.parse(one.start)),
    to: one.end === null ? Math.min(now, to) : Date.parse(one.end),
  });
  return {
    ...{ from, to, truncated: answer.truncated },
    cameras: answer.cameras.map((camera) => ({
      id: camera.stream_id,
      name: camera.stream_name,
      coverage: camera.coverage.map(span),
      clips: camera.recordings
        .filter(({ state }) => state !== 'open')
        .map((one) => ({ id: one.id, from: Date.parse(one.start), to: one.end === null ? now : Date.parse(one.end) })),
      visits: camera.events.map((one) => ({
        ...span(one),
        id: one.id,
        camera: camera.stream_id,
        classes: Object.keys(one.object_counts),
        counts: Object.entries(one.object_counts),
      })),
      losses: camera.losses.map((one) => ({ ...span(one), reason: one.reason })),
    })),
  };
}

/** The clip that shows this moment; of two that overlap the later one. */
export function clipAt(clips: readonly Clip[], at: number): Clip | undefined {
  return clips.findLast((clip) => clip.from <= at && at < clip.to);
}

/** Where playing goes on from `at`: there, where something was recorded, else at the next beginning. */
export function nextPlayable(cameras: readonly CameraDay[], at: number): number | undefined {
  let next: number | undefined;
  for (const { clips } of cameras) {
    if (clipAt(clips, at) !== undefined) return at;
    const later = clips.find((clip) => clip.from > at);
    if (later !== undefined && (next === undefined || later.from < next)) next = later.from;
  }
  return next;
}

/** The visit before or after a moment. A second's grace: who jumped to one isn't led to it again. */
export function neighbour(cameras: readonly CameraDay[], at: number, direction: -1 | 1): Visit | undefined {
  const visits = cameras.flatMap((camera) => camera.visits).sort((a, b) => a.from - b.from);
  return direction === 1
    ? visits.find((visit) => visit.from > at + 1000)
    : visits.findLast((visit) => visit.from < at - 1000);
}
