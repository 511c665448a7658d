/**
 * Times as people read them, in the browser's zone. Formats are made once: an Intl object costs more than a
 * thousand uses of it.
 */
import { messages } from './messages.ts';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const minute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(messages.language, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(messages.language, { day: 'numeric', month: 'long', year: 'numeric' });
const full = new Intl.DateTimeFormat(messages.language, { dateStyle: 'full', timeStyle: 'long' });

/** `14:03:22` */
export function clockTime(at: number): string {
  return clock.format(at);
}

/** `14:03` */
export function minuteTime(at: number): string {
  return minute.format(at);
}

/** With day, year and zone, for a `<time>`'s title. */
export function fullTime(at: number): string {
  return full.format(at);
}

/** `2026-11-24` in the browser's zone: equal for times of the same local day. */
export function dayKey(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `Today`, `Yesterday`, `Tuesday 24 November`, and with the year when that was another. */
export function dayTitle(at: number, now: number): string {
  const date = new Date(at);
  const today = new Date(now);
  if (dayKey(at) === dayKey(now)) return messages.today;
  // By the calendar, not by 24 hours: two days a year are longer or shorter.
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (dayKey(at) === dayKey(yesterday.getTime())) return messages.yesterday;
  return date.getFullYear() === today.getFullYear() ? day.format(at) : dayAndYear.format(at);
}

/** `0:09`, `12:40`, `1:02:07` */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
