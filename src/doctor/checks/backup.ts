/** A backup that nobody has restored is a hope. */
import type { Check, Finding } from '../check.ts';
import { dayMs, days, fail, pass, warn } from '../check.ts';

const oldMs = 7 * dayMs;
const untestedMs = 90 * dayMs;

export const backup: Check = {
  id: 'backup',
  title: 'Backup',
  run: ({ config, facts, machine }) => {
    if (facts === undefined) return [];
    const { madeAt, verifiedAt } = facts.backup;
    const schedule = config.backup.directory;
    const mend = 'set backup.directory to a folder on another disk, or: sentrix backup -o FILE';
    if (madeAt === null)
      return [warn('there is no backup: with this disk, accounts, settings, log and keys would be gone', mend)];
    const now = machine.now();
    const found: Finding[] = [];
    const limit = schedule === '' ? oldMs : 3 * config.backup.every_hours * 3_600_000;
    if (now - madeAt > limit) {
      const why = `the newest backup is from ${days(now - madeAt)}`;
      found.push(
        schedule === ''
          ? warn(why, mend)
          : fail(
              `${why}, though one is to be made every ${config.backup.every_hours} h`,
              'look at the log for "backup failed"; is backup.directory there and writable?',
            ),
      );
    }
    if (verifiedAt === null || now - verifiedAt > untestedMs)
      found.push(
        warn(
          verifiedAt === null ? 'no backup was ever tried' : `a backup was last tried ${days(now - verifiedAt)}`,
          'sentrix backup verify FILE',
        ),
      );
    return found.length > 0 ? found : [pass(`made ${days(now - madeAt)}, tried ${days(now - verifiedAt!)}`)];
  },
};
