/** Hours of the week at which something is active, by the clocks of a zone. */

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof days)[number];

export interface ScheduleEntry {
  /** On which it begins; none: all. */
  readonly days: readonly Day[];
  /** `HH:MM`, local. */
  readonly from: string;
  /** `HH:MM` up to `24:00`; not after `from`: on the next day. */
  readonly to: string;
}

const dayMinutes = 1440;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** @param at UTC ms. No entries: always. In the hour that comes twice it is active both times, or neither. */
export function isActive(schedule: readonly ScheduleEntry[], at: number, timeZone: string): boolean {
  if (schedule.length === 0) return true;
  const { day, minute } = localTime(at, timeZone);
  return schedule.some((entry) => {
    const from = minuteOf(entry.from);
    const to = minuteOf(entry.to);
    const begins = (on: number): boolean => entry.days.length === 0 || entry.days.includes(days[(on + 7) % 7]!);
    if (from < to) return begins(day) && minute >= from && minute < to;
    return (begins(day) && minute >= from) || (begins(day - 1) && minute < to);
  });
}

function localTime(at: number, timeZone: string): { readonly day: number; readonly minute: number } {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    clock = new Intl.DateTimeFormat('en-GB', { timeZone, ...parts });
    clocks.set(timeZone, clock);
  }
  const fields = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    day: days.indexOf(fields['weekday']!.toLowerCase() as Day),
    minute: Number(fields['hour']) * 60 + Number(fields['minute']),
  };
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return Math.min(dayMinutes, hours! * 60 + minutes!);
}
