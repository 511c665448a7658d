/** Whoever opens the set-up link becomes the admin. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { dayMs, fail, pass, quoted, warn } from '../check.ts';

export const setupLink: Check = {
  id: 'setup-link',
  title: 'Set-up link',
  run: async ({ home, facts, machine }) => {
    const path = join(home, 'setup-link');
    const file = await machine.facts(path);
    if (file === undefined) return [pass('none lies about')];
    const mend = `rm ${quoted(path)}`;
    const remove = () => rm(path, { force: true });
    if (facts?.server === undefined)
      return [warn('a set-up link of a server that no longer runs lies in the home', mend, remove)];
    if (facts.accounts.some(({ role, canLogIn }) => role === 'admin' && canLogIn))
      return [warn('a set-up link that is void lies in the home', mend, remove)];
    if (machine.now() - file.modifiedAt > dayMs)
      return [
        fail(
          'the set-up link has waited for more than a day: whoever reads it becomes the admin',
          'open it now and choose an account',
        ),
      ];
    return [warn('the set-up link has not been used yet', 'open it and choose an account')];
  },
};
