import { messages } from './messages.ts';

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const whole = new Intl.NumberFormat(messages.language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(messages.language, { maximumFractionDigits: 1 });

/** `1.4 GB`: powers of a thousand, as disks are sold and the configuration counts. */
export function bytes(count: number): string {
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${(unit === 0 || value >= 100 ? whole : tenths).format(value)} ${units[unit]}`;
}
