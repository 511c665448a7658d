/** `uninstall --dry-run`: all places where this installation has something, and the commands that take it away. */
import { lstat } from 'node:fs/promises';
import { installationFolder } from '../../base/installation.ts';
import { quoted } from '../../doctor/check.ts';
import { findConfig, homeOf } from '../places.ts';
import { usage } from '../problems.ts';
import type { Command } from './context.ts';
import { done, reachOf } from './context.ts';

const systemPlaces = [
  '/etc/systemd/system/sentrix.service',
  '/usr/lib/sysusers.d/sentrix.conf',
  '/usr/lib/tmpfiles.d/sentrix.conf',
] as const;

export const uninstall: Command = async (context) => {
  const { options, out, io } = context;
  // Evidence isn't removed by a program that was asked in passing.
  if (options['dry-run'] !== true)
    throw usage('uninstall removes nothing by itself', 'use --dry-run and run the commands that you mean');
  const home = homeOf(options, io);
  const { recording } = await reachOf(context).loadConfig();
  const config = await findConfig(options, home, io);
  const places: readonly (readonly [string, string | undefined])[] = [
    ['service', systemPlaces[0]],
    ['service', systemPlaces[1]],
    ['service', systemPlaces[2]],
    ['program', installationFolder()],
    ['configuration', config.path],
    ['accounts, keys, catalogue, log', home],
    ['recordings', recording.recordings_dir],
  ];
  let found = 0;
  for (const [what, path] of places) {
    if (path === undefined || !(await exists(path))) continue;
    found++;
    const command = `rm -r ${quoted(path)}`;
    out.text(`${what}: ${command}`);
    out.event('place', { what, path, command });
  }
  out.text(
    'Stop it first (systemctl disable --now sentrix). Recordings open with the owner’s sheet for ever; without it, never.',
  );
  return done(out, { found });
};

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
