/** Room to record, and a disk that is well as far as can be seen. */
import { dirname } from 'node:path';
import type { Check, Examined, Finding } from '../check.ts';
import { fail, pass, quoted, warn } from '../check.ts';
import type { Machine } from '../machine.ts';

const gib = 1024 ** 3;

export const disk: Check = {
  id: 'disk',
  title: 'Disk',
  run: async (examined) => {
    const { home, config, machine } = examined;
    const found: Finding[] = [];
    for (const folder of new Set([config.recording.recordings_dir, home]))
      found.push(...(await room(folder, examined)));
    const device = (await machine.facts(config.recording.recordings_dir))?.device;
    if (device !== undefined) found.push(...(await health(device, machine)));
    return found.length > 0 ? found : [pass('room enough')];
  },
};

async function room(folder: string, { machine, config }: Examined): Promise<Finding[]> {
  const at = await nearest(folder, machine);
  const space = await machine.space(at);
  if (space === undefined) return [warn(`the disk of ${folder} could not be looked at`, `df -h ${quoted(at)}`)];
  const mend = `free some space on the disk of ${quoted(folder)} (df -h), or lower recording.max_storage_gb`;
  const free = `${(space.freeBytes / gib).toFixed(1)} GiB`;
  if (space.freeBytes < gib) return [fail(`only ${free} are free for ${folder}`, mend)];
  if (space.totalFiles > 0 && space.freeFiles < space.totalFiles / 100)
    return [fail(`the disk of ${folder} has no more room for new files (inodes)`, mend)];
  if (space.freeBytes < space.totalBytes / 20) return [warn(`only ${free} are free for ${folder}`, mend)];
  if (folder === config.recording.recordings_dir && config.recording.max_storage_gb * 1e9 > space.totalBytes)
    return [warn('recording.max_storage_gb is more than the whole disk', 'set it to what the recordings may take')];
  return [];
}

/** A folder that comes with the first recording lies where its parents do. */
async function nearest(folder: string, machine: Machine): Promise<string> {
  for (let at = folder; ; at = dirname(at))
    if ((await machine.facts(at)) !== undefined || dirname(at) === at) return at;
}

async function health(device: string, machine: Machine): Promise<Finding[]> {
  const mounts = (await machine.read('/proc/self/mountinfo')) ?? '';
  const line = mounts.split('\n').find((one) => one.split(' ')[2] === device);
  const [, , , , point, options = ''] = line?.split(' ') ?? [];
  if (options.split(',').includes('ro'))
    return [
      fail(
        `${point} is mounted read-only, so nothing is recorded`,
        `look at dmesg, then: sudo mount -o remount,rw ${point}`,
      ),
    ];
  const name = (await machine.read(`/sys/dev/block/${device}/uevent`))?.match(/^DEVNAME=(.+)$/m)?.[1];
  if (name === undefined) return [];
  const asked = await machine.run('smartctl', ['-H', `/dev/${name}`]);
  if (asked !== undefined && /(?:result|Status): (?!PASSED|OK)\w+/.test(asked.output))
    return [fail(`the disk /dev/${name} says of itself that it is failing`, 'copy the recordings away and replace it')];
  return [];
}
