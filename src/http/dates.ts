/**
 * Dates of the contract: ISO 8601 with a zone as they are, without one in the configured zone; a bare end date includes
 * its day. Answers are UTC with `Z`.
 */
import { Problem } from '../base/problem.ts';

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[ +-]\d{2}:?\d{2})?)?$/;

/**
 * @param edge `start` gives the moment itself; `end` the first moment that no longer counts: the next day's begin for
 * a bare date, the next millisecond for a time.
 * @returns UTC ms
 */
export function parseDate(text: string, zone: string, edge: 'start' | 'end'): number {
  const match = pattern.exec(text);
  if (match === null) throw badDate();
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset] = match;
  // A plus sign that wasn't escaped arrives as a space (form encoding), so a space before a zone is one.
  const bare = hour === undefined;
  const millis = fraction.slice(0, 3).padEnd(3, '0');
  const wall = Date.parse(`${year}-${month}-${day}T${hour ?? '00'}:${minute ?? '00'}:${second}.${millis}Z`);
  // `2026-02-30` is no day: Date.parse rolls it over
  if (Number.isNaN(wall) || new Date(wall).getUTCDate() !== Number(day)) throw badDate();
  const later = edge === 'start' ? 0 : bare ? 86_400_000 : 1;
  if (offset === undefined) return utcOf(wall + later, zone);
  if (offset.toUpperCase() === 'Z') return wall + later;
  const sign = offset.startsWith('-') ? -1 : 1;
  return wall - sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2))) * 60_000 + later;
}

function badDate(): Problem {
  return new Problem('http/invalid', 'dates are ISO 8601, such as 2026-11-24 or 2026-11-24T18:00:00Z', { status: 422 });
}

/** The moment at which clocks in `zone` show `wall` (given as if it were UTC). In a gap: as the clock before it ran. */
function utcOf(wall: number, zone: string): number {
  const guess = wall - offsetAt(wall, zone);
  return wall - offsetAt(guess, zone);
}

export interface ZoneOffset {
  /** UTC ms. */
  readonly from: number;
  readonly before: number;
  readonly offsetMs: number;
}

/** What clocks in `zone` are ahead of UTC, over `[from, before)`: one entry up to each change. */
export function zoneOffsets(from: number, before: number, zone: string): ZoneOffset[] {
  const found: ZoneOffset[] = [];
  let since = from;
  let offsetMs = offsetAt(from, zone);
  while (since < before) {
    const changes = nextChange(since, before, offsetMs, zone);
    found.push({ from: since, before: changes, offsetMs });
    since = changes;
    if (since < before) offsetMs = offsetAt(since, zone);
  }
  return found;
}

/** No zone changes twice within this. */
const steadyMs = 20 * 86_400_000;

/** The first whole second at which the zone has another offset than at `from`, or `before`. */
function nextChange(from: number, before: number, offsetMs: number, zone: string): number {
  let same = from;
  let other = from;
  do {
    same = other;
    other = Math.min(before, same + steadyMs);
    if (offsetAt(other, zone) !== offsetMs) break;
  } while (other < before);
  if (offsetAt(other, zone) === offsetMs) return before;
  while (other - same > 1000) {
    const middle = Math.floor((same + other) / 2000) * 1000;
    if (offsetAt(middle, zone) === offsetMs) same = middle;
    else other = middle;
  }
  return other;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making one costs more than using it a hundred times; there is one configured zone. */
function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (clock !== undefined) return clock;
  clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  clocks.set(zone, clock);
  return clock;
}

/** What clocks in `zone` are ahead of UTC at `at`, in ms. */
function offsetAt(at: number, zone: string): number {
  const parts = clockOf(zone).formatToParts(at);
  const field = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)!.value);
  const shown = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
  return shown - Math.floor(at / 1000) * 1000;
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
