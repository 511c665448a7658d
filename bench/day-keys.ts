/** What ten years of recording every day cost: rotating the owner's key over all day keys, and a start with them. */
import type { Figure } from './figures.ts';
import { spreadOf } from './figures.ts';
import { at, openVaultHome } from './vault-home.ts';

const days = 3650;
const rounds = 7;

export async function dayKeys(): Promise<readonly Figure[]> {
  await using home = await openVaultHome();
  const { vault } = home;
  for (let day = 0; day < days; day++) {
    const then = at - day * 86_400_000;
    const folder = new Date(then).toISOString().slice(0, 10).replaceAll('-', '/');
    await vault.sealObject(`cam/${folder}/000000-0.jpg.age`, Buffer.from('x'), { at: then });
  }
  const rotations: number[] = [];
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const { changed, skipped } = await vault.rotateOwner({});
    rotations.push(performance.now() - begun);
    if (changed !== days || skipped !== 0) throw new Error(`rotated ${changed}, skipped ${skipped}`);
    const before = performance.now();
    await using again = await home.reopen();
    await again.openObject('cam/2020/06/01/000000-0.jpg.age');
    starts.push(performance.now() - before);
  }
  return [
    { name: `day-keys/rotate-${days}`, unit: 'ms', ours: spreadOf(rotations) },
    { name: `day-keys/start-${days}`, unit: 'ms to the first picture opened', ours: spreadOf(starts) },
  ];
}
