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
import { silentLog } from '/work/wt/vault2/src/base/log.ts';
import { openCatalog } from '/work/wt/vault2/src/catalog/catalog.ts';
import { catalogLedger } from '/work/wt/vault2/src/credentials/key-ledger.ts';
import { openDiskStore } from '/work/wt/vault2/src/storage/disk-store.ts';
import { settleKeySwitch } from '/work/wt/vault2/src/vault/key-switch.ts';
import { openVault } from '/work/wt/vault2/src/vault/vault.ts';


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
  return 1 / ((performance.now() - start) / 1000);
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

  // Ten years of recording every day
  for (let day = 1; day < 3650; day++) {
    const then = at - day * 86_400_000;
    const folder = new Date(then).toISOString().slice(0, 10).replaceAll('-', '/');
    await vault.sealObject(`cam/${folder}/000000-0.jpg.age`, Buffer.from('x'), { at: then });
  }
  const rotations: number[] = [];
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const oc = ledger.commit, op = recordings.putAll.bind(recordings); (recordings as any).put0 = 1;
    (ledger as any).commit = async (x: any) => { console.log('to commit', performance.now() - start); await oc(x); console.log('committed', performance.now() - start); };
    (recordings as any).putAll = async (x: any) => { console.log('to put', performance.now() - start); await op(x); console.log('put', performance.now() - start); };
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
