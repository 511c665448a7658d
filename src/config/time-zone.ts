import type { Config } from './load.ts';

/** The zone that decides hours, weekdays and bare dates. Asking the system for its own is dear: not for hot paths. */
export function timeZoneOf(config: Pick<Config, 'timezone'>): string {
  return config.timezone === '' ? Intl.DateTimeFormat().resolvedOptions().timeZone : config.timezone;
}
