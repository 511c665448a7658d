/** A home inside a git repository is one `git add .` away from being published. */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Check, Finding } from '../check.ts';
import { fail, pass, quoted } from '../check.ts';
import type { Machine } from '../machine.ts';

export const repository: Check = {
  id: 'repository',
  title: 'Kept out of git',
  run: async ({ home, config, machine }) => {
    const found: Finding[] = [];
    for (const folder of new Set([home, config.recording.recordings_dir])) {
      const root = await repositoryOf(await machine.real(folder), machine);
      if (root === undefined) continue;
      const path = relative(root, await machine.real(folder));
      const asked = await machine.run('git', ['-C', root, 'check-ignore', '-q', join(path, 'x')]);
      if (asked?.code === 0) continue;
      const exclude = await excludeFile(root, machine);
      found.push(
        fail(
          `${folder} lies in the git repository ${root} and is not ignored there`,
          `echo ${quoted(`/${path}/`)} >> ${quoted(join(root, '.gitignore'))}`,
          // Known to this clone alone: nobody else's file is changed.
          async () => {
            await mkdir(dirname(exclude), { recursive: true });
            await appendFile(exclude, `\n/${path}/\n`);
          },
        ),
      );
    }
    return found.length > 0 ? found : [pass('home and recordings are in no repository, or ignored there')];
  },
};

async function repositoryOf(folder: string, machine: Machine): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await machine.facts(join(at, '.git'))) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** A worktree's `.git` is a file, and what is excluded stands in the main one. */
async function excludeFile(root: string, machine: Machine): Promise<string> {
  const asked = await machine.run('git', ['-C', root, 'rev-parse', '--git-path', 'info/exclude']);
  const path = asked?.output.trim() || join('.git', 'info', 'exclude');
  return isAbsolute(path) ? path : resolve(root, path);
}
