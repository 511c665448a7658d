import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { openCatalog } from '../catalog/catalog.ts';
import type { Supply } from './loss-ledger.ts';
import { LossLedger } from './loss-ledger.ts';

const door = 'door' as CameraId;
let directory: string;
let next = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sentrix-losses-'));
});
after(() => rm(directory, { recursive: true }));

async function setUp() {
  let now = 1000;
  const clock = { now: () => now, monotonicMs: () => now };
  const file = join(directory, `${next++}.db`);
  const catalog = await openCatalog({ file, key: Buffer.alloc(32, 7), clock, log: silentLog });
  await catalog.cameras.ensure(door, 'Door');
  const start = async () => {
    const ledger = new LossLedger({ losses: catalog.losses, state: catalog.state, clock, log: silentLog });
    await ledger.begin([door]);
    const look = async (at: number, supply: Supply | undefined): Promise<void> => {
      now = at;
      ledger.observe(new Map(supply === undefined ? [] : [[door, supply]]));
      // What was looked at is written when the next look could begin.
      await new Promise((resolve) => setTimeout(resolve, 0));
      while (ledger.busy) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    return { ledger, look, at: (time: number) => (now = time) };
  };
  const written = async () =>
    (await catalog.losses.between({ from: 0, before: 1e9, limit: 100 }, 'all')).map(
      ({ reason, startAt, endAt }) => [reason, startAt, endAt] as const,
    );
  return { catalog, start, written, [Symbol.asyncDispose]: () => catalog[Symbol.asyncDispose]() };
}

const given = (since: number): Supply => ({ kind: 'given', since });
const missing = (reason: 'silent' | 'network' | 'disk' | 'privacy', since: number): Supply => ({
  ...{ kind: 'missing', reason, since },
});

test('a loss lasts from the last picture to the next, and has a reason at every moment', async () => {
  await using made = await setUp();
  const { look } = await made.start();
  await look(2000, given(1500));
  await look(9000, missing('silent', 4000));
  await look(12_000, missing('network', 10_000));
  await look(13_000, missing('network', 10_000));
  assert.deepEqual(await made.written(), [
    ['silent', 4000, 12_000],
    ['network', 12_000, null],
  ]);
  await look(20_000, given(19_500));
  assert.deepEqual((await made.written()).at(-1), ['network', 12_000, 19_500]);
});

test('what a crash took is open until the first picture, what a stop took is called so', async () => {
  await using made = await setUp();
  const first = await made.start();
  await first.look(3000, given(1500));
  await first.look(6000, missing('disk', 5500));
  // Killed: nobody stops anything. The sign of life is of 6000.
  first.at(60_000);
  const second = await made.start();
  assert.deepEqual(await made.written(), [
    ['disk', 5500, 6000],
    ['crash', 6000, null],
  ]);
  await second.look(61_000, missing('network', 60_000));
  await second.look(62_000, given(61_500));
  assert.deepEqual((await made.written()).at(-1), ['crash', 6000, 61_500]);
  second.at(70_000);
  await second.ledger.stop();
  second.at(90_000);
  const third = await made.start();
  await third.look(91_000, given(90_500));
  assert.deepEqual((await made.written()).at(-1), ['stopped', 70_000, 90_500]);
});

test('a loss that ended after the last sign of life and the crash after it do not overlap', async () => {
  await using made = await setUp();
  const first = await made.start();
  await first.look(3000, given(2500));
  await first.look(4000, missing('network', 3500));
  await first.look(4900, given(4800));
  first.at(60_000);
  const second = await made.start();
  await second.look(61_000, given(60_500));
  assert.deepEqual(await made.written(), [
    ['network', 3500, 4800],
    ['crash', 4800, 60_500],
  ]);
});

test('a clock that was set back makes no loss of negative length', async () => {
  await using made = await setUp();
  const first = await made.start();
  await first.look(100_000, given(1500));
  first.at(5000);
  const second = await made.start();
  await second.look(6000, given(5500));
  for (const [, startAt, endAt] of await made.written()) assert.ok(endAt === null || endAt > startAt);
});

test('a camera that is taken out of the configuration is not missing', async () => {
  await using made = await setUp();
  const { look } = await made.start();
  await look(9000, missing('network', 4000));
  await look(10_000, undefined);
  assert.deepEqual(await made.written(), [['network', 4000, 10_000]]);
});
