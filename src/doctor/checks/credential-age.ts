/** Passwords older than `security.rotation_days`. */
import type { Check, Finding } from '../check.ts';
import { dayMs, days, pass, quoted, warn } from '../check.ts';

export const credentialAge: Check = {
  id: 'credential-age',
  title: 'Age of credentials',
  run: ({ config, facts, machine }) => {
    const limit = config.security.rotation_days;
    if (limit === null) return [pass('no age is set in security.rotation_days')];
    if (facts === undefined) return [];
    const now = machine.now();
    const isOld = (at: number | null): at is number => at !== null && now - at > limit * dayMs;
    const found: Finding[] = [];
    for (const { name, role, passwordChangedAt, createdAt } of facts.accounts) {
      const since = passwordChangedAt ?? createdAt;
      const verb = role === 'publisher' ? 'rotate' : 'passwd';
      if (isOld(since))
        found.push(
          warn(`the password of ${name} is from ${days(now - since)}`, `sentrix user ${verb} ${quoted(name)}`),
        );
    }
    for (const { id, changedAt } of facts.cameras)
      if (isOld(changedAt))
        found.push(
          warn(
            `the password of camera ${id} is from ${days(now - changedAt)}`,
            `change it in the camera, then run \`sentrix camera add ${id}\` with its source again, or use the dashboard`,
          ),
        );
    return found.length > 0 ? found : [pass(`none is older than ${limit} days`)];
  },
};
