/** `schedule` of a camera, as the file has it and as a form shows it. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

export interface Span {
  readonly days: readonly Weekday[];
  /** `HH:MM` */
  readonly from: string;
  /** `HH:MM`; earlier than `from`: on the next day. */
  readonly to: string;
}

/** What the file leaves out is what the server takes for it: all days, from midnight to midnight. */
export function readSchedule(value: unknown): Span[] {
  if (!Array.isArray(value)) return [];
  return value.map((one: unknown) => {
    const { days, from, to } = (one ?? {}) as { days?: unknown; from?: unknown; to?: unknown };
    const named = Array.isArray(days) ? weekdays.filter((day) => days.includes(day)) : [];
    return {
      days: named.length === 0 ? weekdays : named,
      from: typeof from === 'string' ? from : '00:00',
      to: typeof to === 'string' ? to : '24:00',
    };
  });
}

/** A browser's field knows no 24:00. */
export function toInput(time: string): string {
  return time === '24:00' ? '00:00' : time;
}

/** null: always, and nothing of it in the file. A span without a day is none. */
export function toSchedule(spans: readonly Span[]): Span[] | null {
  const kept = spans
    .filter(({ days }) => days.length > 0)
    .map(({ days, from, to }) => ({
      days: days.length === weekdays.length ? [] : days,
      from,
      to: to === '00:00' ? '24:00' : to,
    }));
  return kept.length === 0 ? null : kept;
}
