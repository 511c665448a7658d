import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { backupFileName, prune } from './folder.ts';
import { isDue } from './schedule.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 10, 25, 12);

test('a backup is due when none was made, when the last is old, and when the clock was set back', async () => {
  const due = (lastAt: number | undefined, everyMs: number | undefined) =>
    isDue({
      wish: () => (everyMs === undefined ? undefined : { everyMs }),
      lastAt: async () => lastAt,
      clock: { now: () => now, monotonicMs: () => 0 },
    });
  assert.deepEqual(
    await Promise.all([
      due(undefined, hour),
      due(now - hour, hour),
      due(now + hour, hour),
      due(now - hour + 1, hour),
      due(undefined, undefined),
    ]),
    [true, true, true, false, false],
  );
});

test('the newest backups are kept, and nothing but backups is removed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-prune-'));
  try {
    const names = [1, 2, 3, 4].map((day) => backupFileName(Date.UTC(2026, 10, day, 3, 4, 5)));
    assert.equal(names[0], 'sentrix-20261101-030405.backup.age');
    for (const name of [...names, 'letter.txt', 'my.backup.age']) await writeFile(join(folder, name), '');
    assert.equal(await prune(folder, 2), 2);
    assert.deepEqual((await readdir(folder)).toSorted(), ['letter.txt', 'my.backup.age', names[2], names[3]]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
