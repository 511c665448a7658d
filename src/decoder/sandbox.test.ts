import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { findSandbox, sandboxEnvironment } from './sandbox.ts';

const sandbox = await findSandbox({ log: silentLog }, AbortSignal.timeout(10_000));

function sh(script: string, readable: readonly string[] = []): { readonly out: string; readonly ok: boolean } {
  const { command, args } = sandbox.wrap({ command: 'sh', args: ['-c', script], readable });
  const ended = spawnSync(command, args, { env: sandboxEnvironment, encoding: 'utf8' });
  return { out: ended.stdout, ok: ended.status === 0 };
}

const weak = sandbox.kind === 'bubblewrap' ? false : `only ${sandbox.kind} works here`;

test('lets nobody gain privileges', { skip: sandbox.kind === 'none' && 'no sandbox works here' }, () => {
  assert.match(sh('cat /proc/self/status').out, /^NoNewPrivs:\t1$/m);
});

test('has no network but its own loopback', { skip: weak }, () => {
  const lines = sh('cat /proc/net/dev').out.trim().split('\n').slice(2);
  assert.deepEqual(
    lines.map((line) => line.trim().split(':')[0]),
    ['lo'],
  );
});

test('shows the files that were named and no others, and lets none be changed', { skip: weak }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-sandbox-'));
  const [shown, hidden] = [join(folder, 'shown'), join(folder, 'hidden')];
  await writeFile(shown, 'shown');
  await writeFile(hidden, 'hidden');
  assert.equal(sh(`cat ${shown}`, [shown]).out, 'shown');
  assert.equal(sh(`cat ${hidden}`, [shown]).ok, false);
  assert.equal(sh(`echo changed > ${shown}`, [shown]).ok, false);
  assert.equal(await readFile(shown, 'utf8'), 'shown');
  assert.equal(sh('ls /home /root /etc/shadow').ok, false);
  await rm(folder, { recursive: true });
});
