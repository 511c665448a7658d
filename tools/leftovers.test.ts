import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { endLeftovers } from './leftovers.ts';

const skip = existsSync('/proc/self/environ') ? false : 'no /proc';

test('finds and ends a process that was left behind, and nobody else', { skip }, async () => {
  const child = spawn('sleep', ['60'], { env: { ...process.env, SENTRIX_TEST_RUN: 'one' }, stdio: 'ignore' });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  assert.deepEqual(await endLeftovers('another', 0), []);
  // The mark is there from exec on, which comes a moment after the fork.
  let found: string[] = [];
  while (found.length === 0) found = await endLeftovers('one', 0);
  assert.deepEqual(found, [`${child.pid} sleep 60`]);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});
