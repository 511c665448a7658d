/**
 * Encrypting and decrypting 256 MiB beside the `age` tool, turn by turn; what a running clip costs between its chunks;
 * and how soon the first byte of any range of a long clip is there, for which the tool has to open the whole file.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vault } from '../src/vault/vault.ts';
import type { Figure } from './figures.ts';
import { spreadOf } from './figures.ts';
import { at, openVaultHome } from './vault-home.ts';

const mebibytes = 256;
/** About a fragment of a 1080p stream. */
const pieceBytes = 32 * 1024;
const rounds = 7;
const seeksARound = 20;
const tails = 300;

export async function vault(): Promise<readonly Figure[]> {
  await using home = await openVaultHome();
  const { base, recordings, vault: opened } = home;
  await opened.sealObject('cam/2026/01/01/000000-0.jpg.age', Buffer.from('x'), { at });
  const pin = (await home.ledger.list())[0]!;

  const plain = randomBytes(mebibytes * 1024 * 1024);
  const input = join(base, 'plain');
  await writeFile(input, plain);
  const day = join(base, 'day.key');
  const wrapped = join(base, 'recordings', `keys/2026-01-01-${pin.kid}.key.age`);
  execFileSync('age', ['-d', '-i', join(base, 'home/keys/owner.key'), '-o', day, wrapped]);

  const results = { seal: [] as number[], ageSeal: [] as number[], open: [] as number[], ageOpen: [] as number[] };
  const seeks: number[] = [];
  const sealed = join(base, 'reference.age');
  for (let round = 0; round < rounds; round++) {
    const name = `cam/2026/01/01/000000-${round + 1}.mp4.age`;
    results.seal.push(await seconds(() => seal(opened, name, String(round + 1), plain)));
    await rm(sealed, { force: true });
    results.ageSeal.push(
      await seconds(() => {
        execFileSync('age', ['-r', pin.recipient, '-o', sealed, input]);
        execFileSync('sync', [sealed]); // ours is durable too when it is finished
      }),
    );
    results.open.push(
      await seconds(async () => {
        await using reader = await opened.openClip(name);
        let total = 0;
        for await (const bytes of reader.read(0, reader.plainBytes)) total += bytes.length;
        if (total !== plain.length) throw new Error('wrong length');
      }),
    );
    const args = ['-d', '-i', day, '-o', '/dev/null', join(base, 'recordings', name)];
    results.ageOpen.push(await seconds(() => execFileSync('age', args)));
    for (let i = 0; i < seeksARound; i++) seeks.push((await seconds(() => seek(opened, name, plain))) * 1000);
    await recordings.remove(name);
  }
  const open = spreadOf(results.ageOpen);
  return [
    {
      name: 'vault/encrypt-256MiB',
      unit: 's',
      ours: spreadOf(results.seal),
      reference: { name: 'age', ...spreadOf(results.ageSeal) },
    },
    {
      name: 'vault/decrypt-256MiB',
      unit: 's',
      ours: spreadOf(results.open),
      reference: { name: 'age', ...open },
    },
    {
      name: 'vault/seek',
      unit: 'ms to the first bytes of a range anywhere in 256 MiB',
      ours: spreadOf(seeks),
      reference: {
        name: 'age, whole file',
        ...{ median: open.median * 1000, low: open.low * 1000, high: open.high * 1000, count: open.count },
      },
    },
    {
      name: 'vault/tail',
      unit: 'ms of processor time a half second of a running clip',
      ours: spreadOf(await tailCosts(opened, plain)),
    },
  ];
}

async function seal(opened: Vault, name: string, clipId: string, plain: Uint8Array): Promise<void> {
  const writer = await opened.createClip(name, { clipId, at });
  for (let from = 0; from < plain.length; from += pieceBytes)
    await writer.write(plain.subarray(from, from + pieceBytes));
  await writer.finish();
}

/** Opens the clip and reads until the first bytes of a range come, and sees that they are the right ones. */
async function seek(opened: Vault, name: string, plain: Buffer): Promise<void> {
  await using reader = await opened.openClip(name);
  const from = randomInt(reader.plainBytes - 1000);
  for await (const bytes of reader.read(from, from + 1000)) {
    if (plain[from] !== bytes[0]) throw new Error(`wrong byte at ${from}`);
    return;
  }
}

/** A running 1080p stream of 1.35 Mbit/s flushes about 85 kB a half second apart; here with half a chunk unsealed. */
async function tailCosts(opened: Vault, plain: Uint8Array): Promise<readonly number[]> {
  const costs: number[] = [];
  const writer = await opened.createClip('cam/2026/01/01/000001-99.mp4.age', { clipId: '99', at });
  for (let round = 0; round < tails; round++) {
    await writer.write(plain.subarray(0, 11_000));
    const before = process.cpuUsage();
    await writer.flushTail();
    const used = process.cpuUsage(before);
    costs.push((used.user + used.system) / 1000);
  }
  await writer.abandon();
  return costs;
}

async function seconds(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
