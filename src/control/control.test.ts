import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { callControl } from './control-client.ts';
import type { ControlHandler } from './control-server.ts';
import { startControl } from './control-server.ts';
import { lockHome } from './home-lock.ts';

let home = '';
let path = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sentrix-control-'));
  path = join(home, 'run', 'control.sock');
});
afterEach(() => rm(home, { recursive: true }));

function start(handlers: Record<string, ControlHandler>, requestTimeoutMs = 5000) {
  return startControl({ path, handlers, log: silentLog, requestTimeoutMs });
}

/** Writes raw bytes and collects what comes back until the server closes. */
async function raw(bytes: string | Uint8Array): Promise<string> {
  const socket = connect(path);
  socket.on('error', () => {});
  socket.write(bytes);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

test('runs a command, passes its events on in order and returns its result', async () => {
  await using _ = await start({
    'user.add': async (args, emit) => {
      emit('progress', { step: 1 });
      emit('progress', { step: 2 });
      return { got: args };
    },
  });
  const seen: unknown[] = [];
  const result = await callControl(
    path,
    'user.add',
    { name: 'ann' },
    { onEvent: (event, fields) => seen.push([event, fields]) },
  );
  assert.deepEqual(result, { got: { name: 'ann' } });
  assert.deepEqual(seen, [
    ['progress', { step: 1 }],
    ['progress', { step: 2 }],
  ]);
});

test('carries a Problem across and says nothing of any other failure', async () => {
  await using _ = await start({
    known: async () => {
      throw new Problem('access/name-taken', 'there is an account of this name', {
        status: 409,
        hint: 'choose another',
      });
    },
    bug: async () => {
      throw new Error('secret inner thing');
    },
  });
  await assert.rejects(callControl(path, 'known', {}), (error) => {
    assert.ok(error instanceof Problem);
    assert.deepEqual([error.code, error.status, error.hint], ['access/name-taken', 409, 'choose another']);
    return true;
  });
  await assert.rejects(callControl(path, 'bug', {}), (error) => {
    assert.ok(error instanceof Problem);
    assert.equal(error.code, 'control/failed');
    assert.ok(!error.detail.includes('inner'));
    return true;
  });
  for (const name of ['nothing', 'constructor', '__proto__'])
    await assert.rejects(callControl(path, name, {}), { code: 'control/unknown-command' });
});

test('is for its own user alone', async () => {
  await using _ = await start({});
  assert.equal((await stat(join(home, 'run'))).mode & 0o777, 0o700);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('replaces the socket that a killed server left, and removes its own when it stops', async () => {
  await (await start({}))[Symbol.asyncDispose]();
  await writeFile(path, '');
  await (async () => {
    await using _ = await start({ ping: async () => 'pong' });
    assert.equal(await callControl(path, 'ping', {}), 'pong');
  })();
  await assert.rejects(stat(path), { code: 'ENOENT' });
  await assert.rejects(callControl(path, 'ping', {}), { code: 'control/not-running' });
});

test('answers garbage, giants and a second request with an error and closes', async () => {
  await using _ = await start({
    wait: (_args, _emit, signal) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  });
  for (const bytes of [
    '{"command"\n',
    '[]\n',
    'null\n',
    Buffer.from([0xff, 0x0a]),
    Buffer.alloc(1024 * 1024 + 2, 0x20),
    '{"command":"wait"}\n{"command":"wait"}\n',
  ])
    assert.match(await raw(bytes), /"code":"control\/bad-request"/);
});

test('cuts a client that connects and stays silent', async () => {
  await using _ = await start({}, 20);
  assert.equal(await raw(''), '');
});

test('aborts the handler when its client goes away, and when the server stops', async () => {
  const aborted: string[] = [];
  let began = Promise.withResolvers<void>();
  const server = await start({
    wait: (args, _emit, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted.push(String(args));
          resolve(undefined);
        });
        began.resolve();
      }),
  });
  const leaving = new AbortController();
  const first = callControl(path, 'wait', 'client', { signal: leaving.signal });
  await began.promise;
  began = Promise.withResolvers();
  leaving.abort();
  await assert.rejects(first, { name: 'AbortError' });
  const second = callControl(path, 'wait', 'server');
  await began.promise;
  await server[Symbol.asyncDispose]();
  await second;
  assert.deepEqual(aborted, ['client', 'server']);
});

test('gives up on a server that says nothing', async () => {
  await using _ = await start({
    wait: (_args, _emit, signal) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  });
  await assert.rejects(callControl(path, 'wait', {}, { silenceMs: 30 }), { code: 'control/no-answer' });
});

test('refuses a path that no socket can have', async () => {
  path = join(home, 'x'.repeat(100), 'control.sock');
  await assert.rejects(start({}), { code: 'control/path-too-long' });
});

test('locks a home once, names the holder, and lets go', async () => {
  const run = join(home, 'run');
  await (async () => {
    await using _ = await lockHome(run);
    await assert.rejects(lockHome(run), (error) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.code, 'control/home-in-use');
      assert.deepEqual(error.safe, { pid: process.pid });
      return true;
    });
  })();
  await (await lockHome(run))[Symbol.asyncDispose]();
});

test('holds against another process, and is free at once when that one is killed', async () => {
  const run = join(home, 'run');
  const script = `const { lockHome } = await import(${JSON.stringify(new URL('./home-lock.ts', import.meta.url).href)});
    globalThis.held = await lockHome(${JSON.stringify(run)}); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await assert.rejects(lockHome(run), { code: 'control/home-in-use' });
  child.kill('SIGKILL');
  await exited;
  await (await lockHome(run))[Symbol.asyncDispose]();
});
