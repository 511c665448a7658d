/** Keys and what they open on one disk in the clear, and memory that is written to one. */
import { join } from 'node:path';
import type { Check, Examined, Finding } from '../check.ts';
import { pass, warn } from '../check.ts';
import type { Machine } from '../machine.ts';

export const keyPlace: Check = {
  id: 'key-place',
  title: 'Where keys lie',
  run: async ({ home, config, machine }) => {
    if ((await machine.facts(join(home, 'keys', 'service.key'))) === undefined) return [];
    const found: Finding[] = [...(await onOneDisk({ home, config, machine })), ...(await swap(machine))];
    return found.length > 0 ? found : [pass('keys lie on an encrypted disk, and no memory is written in the clear')];
  },
};

async function onOneDisk({ home, config, machine }: Pick<Examined, 'home' | 'config' | 'machine'>): Promise<Finding[]> {
  const serviceKey = await machine.facts(join(home, 'keys', 'service.key'));
  if (serviceKey === undefined || (await isEncrypted(serviceKey.device, machine))) return [];
  const found = [
    warn(
      'the service key lies beside the catalogue on a disk in the clear: a thief reads who was seen when, and the cameras’ passwords (not the video)',
      'put the home on an encrypted disk (LUKS), or shut the key away by systemd-creds (docs/operations/install.md)',
    ),
  ];
  const ownerKey = await machine.facts(join(home, 'keys', 'owner.key'));
  const recordings = await machine.facts(config.recording.recordings_dir);
  if (ownerKey !== undefined && ownerKey.device === recordings?.device)
    found.push(
      warn(
        'the owner key lies on the same disk in the clear as the recordings that it opens',
        'keep the owner key by a passphrase, or the recordings or the home on another, encrypted disk',
      ),
    );
  return found;
}

/** Device mapper says what a device is made by; dm-crypt's names begin with CRYPT. An LVM upon it is looked through. */
async function isEncrypted(device: string, machine: Machine, depth = 0): Promise<boolean> {
  const at = `/sys/dev/block/${device}`;
  if ((await machine.read(`${at}/dm/uuid`))?.startsWith('CRYPT-') === true) return true;
  if (depth > 4) return false;
  const below = await machine.list(`${at}/slaves`);
  if (below.length === 0) return false;
  for (const name of below) {
    const number = (await machine.read(`/sys/class/block/${name}/dev`))?.trim();
    if (number === undefined || !(await isEncrypted(number, machine, depth + 1))) return false;
  }
  return true;
}

/** Plain swap gets whatever was in memory: keys, and pictures before they are sealed. */
async function swap(machine: Machine): Promise<Finding[]> {
  const lines = ((await machine.read('/proc/swaps')) ?? '').split('\n').slice(1);
  const found: Finding[] = [];
  for (const line of lines) {
    const [path = '', kind = ''] = line.split(/\s+/);
    if (path === '' || /^\/dev\/zram\d/.test(path)) continue;
    const real = await machine.real(path);
    const number =
      kind === 'partition'
        ? (await machine.read(`/sys/class/block/${real.split('/').at(-1)}/dev`))?.trim()
        : (await machine.facts(path))?.device;
    if (number !== undefined && (await isEncrypted(number, machine))) continue;
    found.push(
      warn(
        'memory is swapped to a disk in the clear, keys included',
        `swapoff ${path}, or encrypt it (a random key at each boot: crypttab(5), option swap)`,
      ),
    );
  }
  return found;
}
