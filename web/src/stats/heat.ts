/** Events by weekday (Monday first) and hour of the browser's zone. */
export function byWeekdayAndHour(times: readonly number[]): number[][] {
  const counts = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  for (const at of times) {
    const date = new Date(at);
    const row = counts[(date.getDay() + 6) % 7]!;
    row[date.getHours()] = row[date.getHours()]! + 1;
  }
  return counts;
}

/** `Monday` … `Sunday` in the page's language. */
export function weekdayNames(language: string, style: 'long' | 'short'): string[] {
  const format = new Intl.DateTimeFormat(language, { weekday: style, timeZone: 'UTC' });
  // 5 January 2026 was a Monday.
  return Array.from({ length: 7 }, (_, index) => format.format(Date.UTC(2026, 0, 5 + index)));
}
