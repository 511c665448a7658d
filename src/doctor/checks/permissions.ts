/** Nobody else on this machine reads what lies here: folders 0700, files 0600. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check, Examined, Finding } from '../check.ts';
import { fail, pass, quoted, warn } from '../check.ts';

/** Public by their nature. */
const publicFiles = new Set(['server.crt', 'ca.crt']);
const folders = ['', 'keys', 'certs', 'audit', 'run', 'backups', 'models', 'logs'];

export const permissions: Check = {
  id: 'permissions',
  title: 'Permissions',
  run: async (examined) => {
    const { home, config, configFile, machine } = examined;
    if ((await machine.facts(home)) === undefined) return [warn('there is no home yet', 'sentrix start')];
    const found: Finding[] = [];
    for (const folder of folders) {
      const path = folder === '' ? home : join(home, folder);
      found.push(...(await look(path, 'folder', examined)));
      for (const name of await machine.list(path))
        if (!publicFiles.has(name)) found.push(...(await look(join(path, name), 'file', examined)));
    }
    const { recordings_dir: recordings } = config.recording;
    for (const path of [recordings, join(recordings, 'keys')]) found.push(...(await look(path, 'folder', examined)));
    if (configFile !== undefined) {
      const file = await machine.facts(configFile);
      if (file !== undefined && (file.mode & 0o022) !== 0)
        found.push(
          fail(
            'others may write the configuration, and so choose whom it answers',
            `chmod go-w ${quoted(configFile)}`,
            () => chmod(configFile, file.mode & ~0o022),
          ),
        );
    }
    return found.length > 0 ? found : [pass('folders and files are the owner’s alone')];
  },
};

async function look(path: string, kind: 'file' | 'folder', { machine }: Pick<Examined, 'machine'>): Promise<Finding[]> {
  const facts = await machine.facts(path);
  if (facts === undefined || facts.kind !== kind) return [];
  if (machine.uid >= 0 && machine.uid !== 0 && facts.uid !== machine.uid)
    return [fail(`${path} belongs to another user`, `sudo chown ${machine.uid} ${quoted(path)}`)];
  if ((facts.mode & 0o077) === 0) return [];
  const mode = kind === 'folder' ? 0o700 : 0o600;
  const text = mode.toString(8);
  return [
    fail(`${path} is open to others (${facts.mode.toString(8)})`, `chmod ${text} ${quoted(path)}`, () =>
      chmod(path, mode),
    ),
  ];
}
