/** A camera that is down and tells nobody is an open door. */
import type { Check, Finding } from '../check.ts';
import { dayMs, days, pass, warn } from '../check.ts';

const must = ['camera_down', 'disk_low', 'recording_failed', 'lockout'] as const;

export const alerts: Check = {
  id: 'alerts',
  title: 'Alerts',
  run: ({ config, facts, machine }) => {
    const told = new Set(config.alerts.rules.flatMap(({ on }) => on));
    const missing = must.filter((one) => !told.has(one));
    const found: Finding[] = [];
    if (missing.length > 0)
      found.push(
        warn(
          `nobody is told of: ${missing.join(', ')}`,
          `add a rule to the configuration: alerts.rules: [{ name: trouble, on: [${missing.join(', ')}], to: [push] }]`,
        ),
      );
    if (facts !== undefined && told.size > 0) {
      const at = facts.alertTestedAt;
      if (at === null || machine.now() - at > 90 * dayMs)
        found.push(
          warn(
            at === null ? 'no alert was ever tried' : `an alert was last tried ${days(machine.now() - at)}`,
            'sentrix alert test',
          ),
        );
    }
    return found.length > 0 ? found : [pass('trouble is told, and that was tried')];
  },
};
