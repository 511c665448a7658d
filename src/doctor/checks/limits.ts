/** How fast passwords can be guessed. */
import type { Check, Finding } from '../check.ts';
import { pass, warn } from '../check.ts';

export const limits: Check = {
  id: 'limits',
  title: 'Limits and lockout',
  run: ({ config: { security } }) => {
    const { max_login_attempts: tries, lockout_duration: seconds, session_absolute: absolute } = security;
    const found: Finding[] = [];
    if (tries > 10)
      found.push(
        warn(`an account is locked only after ${tries} wrong passwords`, 'set security.max_login_attempts: 5'),
      );
    if (seconds < 60) found.push(warn(`a lockout ends after ${seconds} s`, 'set security.lockout_duration: 300'));
    if (absolute > 90 * 86_400)
      found.push(warn('a stolen session stays good for more than 90 days', 'set security.session_absolute: 2592000'));
    return found.length > 0 ? found : [pass(`${tries} tries, then ${seconds} s of silence`)];
  },
};
