/** Who can administer, and by how much. */
import type { Check, Finding } from '../check.ts';
import { pass, warn } from '../check.ts';

export const accounts: Check = {
  id: 'accounts',
  title: 'Accounts',
  run: ({ facts }) => {
    if (facts === undefined) return [];
    const admins = facts.accounts.filter(({ role, canLogIn }) => role === 'admin' && canLogIn);
    if (admins.length === 0)
      return [warn('nobody can administer it yet', 'open the link that `sentrix start` prints and choose an account')];
    const found: Finding[] = [];
    const bare = admins.filter(({ secondFactor }) => !secondFactor);
    if (bare.length > 0)
      found.push(
        warn(
          `${bare.map(({ name }) => name).join(', ')}: an admin with a password alone`,
          'add a second factor in the dashboard: your account, "Second factor"',
        ),
      );
    if (admins.length > 5)
      found.push(
        warn(
          `${admins.length} accounts may change everything`,
          'give `sentrix user role NAME viewer` to those who only look',
        ),
      );
    return found.length > 0 ? found : [pass(`${facts.accounts.length} accounts; each admin has a second factor`)];
  },
};
