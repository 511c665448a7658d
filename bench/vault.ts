/**
 * Encrypting and decrypting 256 MiB beside the `age` tool, in one run, turn by turn; prints a JSON line for each
 * measure: medians of 7 rounds in MiB/s, their quartiles, and ours divided by the reference. Then what a running clip
 * costs and what ten years of day keys do, for which there is no reference.
 *
 *   node bench/vault.ts [ROUNDS]
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../src/base/log.ts';
import { openCatalog } from '../src/catalog/catalog.ts';
import { catalogLedger } from '../src/credentials/key-ledger.ts';
import { openDiskStore } from '../src/storage/disk-store.ts';
import { settleKeySwitch } from '../src/vault/key-switch.ts';
import { openVault } from '../src/vault/vault.ts';

const mebibytes = 256;
const pieceBytes = 32 * 1024; // about a fragment of a 1080p stream
const rounds = Number(process.argv[2] ?? 7);
const at = Date.UTC(2026, 0, 1);

function quartiles(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const pick = (part: number) => Math.round(sorted[Math.round((sorted.length - 1) * part)]! * 10) / 10;
  return { median: pick(0.5), low: pick(0.25), high: pick(0.75) };
}

function report(name: string, ours: readonly number[], reference: readonly number[], unit: string): void {
  const [mine, theirs] = [quartiles(ours), quartiles(reference)];
  const ratio = reference.length === 0 ? null : Math.round((mine.median / theirs.median) * 100) / 100;
  console.log(JSON.stringify({ name, unit, ours: mine, reference: reference.length === 0 ? null : theirs, ratio }));
}

async function speed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return mebibytes / ((performance.now() - start) / 1000);
}

const base = await mkdtemp(join(tmpdir(), 'sentrix-bench-'));
try {
  const clock = { now: () => at, monotonicMs: () => performance.now() };
  await using catalog = await openCatalog({
    file: join(base, 'catalog.db'),
    key: Buffer.alloc(32, 1),
    clock,
    log: silentLog,
  });
  const ledger = catalogLedger(catalog);
  const recordings = await openDiskStore(join(base, 'recordings'));
  const vault = await openVault({
    home: join(base, 'home'),
    recordings,
    ledger,
    encryption: {},
    clock,
    log: silentLog,
  });
  await vault.createOwner({ mode: 'keyfile' });
  await vault.sealObject('cam/2026/01/01/000000-0.jpg.age', Buffer.from('x'), { at });
  const pin = (await ledger.list())[0]!;

  const plain = randomBytes(mebibytes * 1024 * 1024);
  const input = join(base, 'plain');
  await writeFile(input, plain);
  const day = join(base, 'day.key');
  const wrapped = join(base, 'recordings', `keys/2026-01-01-${pin.kid}.key.age`);
  execFileSync('age', ['-d', '-i', join(base, 'home/keys/owner.key'), '-o', day, wrapped]);

  const results = { seal: [] as number[], ageSeal: [] as number[], open: [] as number[], ageOpen: [] as number[] };
  const sealed = join(base, 'reference.age');
  for (let round = 0; round < rounds; round++) {
    const name = `cam/2026/01/01/000000-${round + 1}.mp4.age`;
    results.seal.push(
      await speed(async () => {
        const writer = await vault.createClip(name, { clipId: String(round + 1), at });
        for (let from = 0; from < plain.length; from += pieceBytes)
          await writer.write(plain.subarray(from, from + pieceBytes));
        await writer.finish();
      }),
    );
    await rm(sealed, { force: true });
    results.ageSeal.push(
      await speed(() => {
        execFileSync('age', ['-r', pin.recipient, '-o', sealed, input]);
        execFileSync('sync', [sealed]); // ours is durable too when it is finished
      }),
    );
    results.open.push(
      await speed(async () => {
        await using reader = await vault.openClip(name);
        let total = 0;
        for await (const bytes of reader.read(0, reader.plainBytes)) total += bytes.length;
        if (total !== plain.length) throw new Error('wrong length');
      }),
    );
    const args = ['-d', '-i', day, '-o', '/dev/null', join(base, 'recordings', name)];
    results.ageOpen.push(await speed(() => execFileSync('age', args)));
    await recordings.remove(name);
  }
  report('vault/encrypt-256MiB', results.seal, results.ageSeal, 'MiB/s');
  report('vault/decrypt-256MiB', results.open, results.ageOpen, 'MiB/s');

  // A running 1080p stream of 1.35 Mbit/s flushes about 85 kB a half second apart; here with half a chunk unsealed
  const tails: number[] = [];
  const writer = await vault.createClip('cam/2026/01/01/000001-99.mp4.age', { clipId: '99', at });
  for (let round = 0; round < 300; round++) {
    await writer.write(plain.subarray(0, 11_000));
    const start = process.cpuUsage();
    await writer.flushTail();
    const used = process.cpuUsage(start);
    tails.push((used.user + used.system) / 1000);
  }
  await writer.abandon();
  report('vault/tail-cpu', tails, [], 'ms');

  // Ten years of recording every day
  for (let day = 1; day < 3650; day++) {
    const then = at - day * 86_400_000;
    const folder = new Date(then).toISOString().slice(0, 10).replaceAll('-', '/');
    await vault.sealObject(`cam/${folder}/000000-0.jpg.age`, Buffer.from('x'), { at: then });
  }
  const rotations: number[] = [];
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const { changed, skipped } = await vault.rotateOwner({});
    rotations.push(performance.now() - start);
    if (changed !== 3650 || skipped !== 0) throw new Error(`rotated ${changed}, skipped ${skipped}`);
    const before = performance.now();
    await settleKeySwitch({ home: join(base, 'home'), store: recordings, ledger, log: silentLog });
    const ownerPin = await ledger.owner();
    const again = await openVault({
      home: join(base, 'home'),
      recordings,
      ledger,
      ...(ownerPin === undefined ? {} : { ownerPin }),
      encryption: {},
      clock,
      log: silentLog,
    });
    await again.openObject('cam/2020/06/01/000000-0.jpg.age');
    starts.push(performance.now() - before);
    await again[Symbol.asyncDispose]();
  }
  report('vault/rotate-3650-days', rotations, [], 'ms');
  report('vault/start-3650-days', starts, [], 'ms');
} finally {
  await rm(base, { recursive: true, force: true });
}
