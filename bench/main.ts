/**
 * Our figures beside the reference's, in one run on this machine. One line a figure; all of them, with what of the
 * machine they depend on, in `bench/results/NAME.json`.
 *
 *     npm run bench [NAME…]       ends with 1 where a figure is over its limit
 */
import { withoutFootage } from '../test/support/shared.ts';
import { catalog } from './catalog.ts';
import { detect } from './detect.ts';
import type { Figure } from './figures.ts';
import { isOver, lineOf, writeResults } from './figures.ts';
import { live } from './live.ts';
import { many } from './many.ts';
import { record } from './record.ts';
import { start } from './start.ts';
import { vault } from './vault.ts';
import { wall } from './wall.ts';

interface Bench {
  readonly run: () => Promise<readonly Figure[]>;
  /** Needs the simulated cameras and their footage. */
  readonly footage: boolean;
}

const benches: Readonly<Record<string, Bench>> = {
  start: { run: start, footage: false },
  vault: { run: vault, footage: false },
  catalog: { run: catalog, footage: false },
  record: { run: record, footage: true },
  many: { run: many, footage: false },
  live: { run: live, footage: false },
  detect: { run: detect, footage: true },
  wall: { run: wall, footage: true },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`bench: no such bench: ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (bench.footage && withoutFootage !== false) {
    console.log(`- ${name}: ${withoutFootage}`);
    continue;
  }
  const figures = await bench.run();
  for (const figure of figures) {
    console.log(lineOf(figure));
    if (isOver(figure)) process.exitCode = 1;
  }
  await writeResults(name, figures);
}
