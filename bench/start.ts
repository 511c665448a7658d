/** From starting `bin/sentrix` in a home that has run before to its ready line, beside an empty Node program. */
import { spawnSync } from 'node:child_process';
import type { Figure } from './figures.ts';
import { spreadOf } from './figures.ts';
import { createSite } from './system.ts';

const rounds = 9;

export async function start(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  // A camera where nobody publishes: all parts are there, detection too, and nothing has to be waited for.
  const site = await createSite({ cameras: ['video/front-door'], detection: 'enabled: true' });
  stack.defer(() => site.remove());
  const ours: number[] = [];
  const empty: number[] = [];
  // The first two fill the compile cache and fetch the model into the home.
  for (let round = -2; round < rounds; round++) {
    const begun = performance.now();
    const system = await site.start();
    const seconds = (performance.now() - begun) / 1000;
    await system.process.stop();
    const emptyBegun = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    if (round < 0) continue;
    ours.push(seconds);
    empty.push((performance.now() - emptyBegun) / 1000);
  }
  return [
    {
      name: 'start/ready',
      unit: 's',
      ours: spreadOf(ours),
      reference: { name: 'node -e 0', ...spreadOf(empty) },
      limit: 3,
    },
  ];
}
