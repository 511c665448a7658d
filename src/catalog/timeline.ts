/** A stretch of time as a timeline shows it: what was recorded, what was seen, and what is missing. */
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import type { Loss } from './losses.ts';
import { LossQueries } from './losses.ts';
import type { CameraScope, Database } from './scope.ts';
import { inScope } from './scope.ts';

export interface TimelineSpan {
  /** UTC ms. */
  readonly from: number;
  readonly before: number;
  readonly camera?: CameraId;
  /** Of recordings, of events and of losses. */
  readonly limit: number;
}

export interface TimelineRecording {
  readonly id: RecordingId;
  readonly camera: CameraId;
  readonly reason: string;
  readonly state: string;
  readonly startAt: number;
  /** Null while nothing is known of it. */
  readonly endAt: number | null;
}

export interface TimelineEvent {
  readonly id: EventId;
  readonly camera: CameraId;
  readonly startAt: number;
  readonly endAt: number | null;
  readonly confidence: number;
  readonly counts: Readonly<Record<string, number>>;
}

export interface Timeline {
  readonly recordings: readonly TimelineRecording[];
  readonly events: readonly TimelineEvent[];
  readonly losses: readonly Loss[];
  /** There was more than `limit` of something. */
  readonly truncated: boolean;
}

/** No clip is longer (`recording.max_clip_seconds` and its pre-buffer): how far back one may begin that reaches into a span. */
const longestClipMs = 4 * 3_600_000;
/** The same of visits; what stays longer is a parked car, which is shown where it came. */
const longestVisitMs = 24 * 3_600_000;

export class TimelineQueries {
  readonly #db: Database;
  readonly #losses: LossQueries;

  constructor(db: Database) {
    this.#db = db;
    this.#losses = new LossQueries(db);
  }

  /** All that touches the span, in order of time. */
  async between(span: TimelineSpan, scope: CameraScope): Promise<Timeline> {
    const { from, before, camera, limit } = span;
    let recordings = this.#db
      .selectFrom('recording')
      .select(['id', 'camera_slug as camera', 'reason', 'state', 'start_at as startAt', 'end_at as endAt'])
      .where('state', '!=', 'deleted')
      .where((builder) => inScope(builder, 'recording', scope))
      .where('start_at', '>=', from - longestClipMs)
      .where('start_at', '<', before)
      .where((builder) => builder.or([builder('end_at', 'is', null), builder('end_at', '>', from)]));
    let events = this.#db
      .selectFrom('event')
      .select(['id', 'camera_slug as camera', 'start_at as startAt', 'end_at as endAt', 'confidence', 'counts'])
      .where((builder) => inScope(builder, 'event', scope))
      .where('start_at', '>=', from - longestVisitMs)
      .where('start_at', '<', before)
      .where((builder) => builder.or([builder('end_at', 'is', null), builder('end_at', '>', from)]));
    if (camera !== undefined) {
      recordings = recordings.where((builder) => inScope(builder, 'recording', [camera]));
      events = events.where((builder) => inScope(builder, 'event', [camera]));
    }
    const recorded = await recordings
      .orderBy('start_at')
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    const seen = await events
      .orderBy('start_at')
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    const losses = await this.#losses.between({ ...span, limit: limit + 1 }, scope);
    return {
      recordings: recorded.slice(0, limit) as unknown as TimelineRecording[],
      events: seen.slice(0, limit).map((row) => ({
        ...row,
        id: row.id as EventId,
        camera: row.camera as CameraId,
        counts: JSON.parse(row.counts) as Record<string, number>,
      })),
      losses: losses.slice(0, limit),
      truncated: [recorded, seen, losses].some((rows) => rows.length > limit),
    };
  }
}
