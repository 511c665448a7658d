/** What the running system holds open, looked at from outside: sockets, files, and what its children have. */
import assert from 'node:assert/strict';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { repository } from './support/shared.ts';

const configuration = (at: Site) => `
network: { api_port: 0 }
detection: { port: 0 }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

interface Listening {
  readonly address: string;
  readonly port: number;
}

describe('the running system', () => {
  let site: Site;
  let system: System;
  let children: readonly Child[];

  before(async () => {
    site = await Site.create(configuration);
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    children = await eventually(
      'a decoder runs',
      async () => {
        const found = await caged(await descendants(system.ready.pid));
        return found.some(({ name }) => name === 'ffmpeg') && found.some(({ name }) => name === 'node')
          ? found
          : undefined;
      },
      90_000,
    );
  });
  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  it('listens on the configured ports of this machine and on nothing else', async () => {
    const { https, rtsp, rtsps } = system.ready;
    const { paths, hls } = system.ready as unknown as { paths: string; hls: string };
    const wanted = [https, rtsp, rtsps, paths, hls].map((url) => Number(new URL(url).port)).toSorted();
    const found = await listening(system.ready.pid);
    assert.deepEqual(found.map(({ port }) => port).toSorted(), wanted);
    assert.deepEqual([...new Set(found.map(({ address }) => address))], ['0100007F']);
    for (const child of children) assert.deepEqual(await listening(child.pid), [], child.name);
  });

  it('has one socket for commands, in a folder that is the owner’s alone', async () => {
    const unix = (await readFile(`/proc/${system.ready.pid}/net/unix`, 'utf8')).split('\n');
    const named = unix
      .flatMap((line) => line.match(/ (\/\S*)$/)?.[1] ?? [])
      .filter((path) => path.startsWith(site.directory));
    assert.deepEqual([...new Set(named)], [join(site.home, 'run', 'control.sock')]);
    assert.equal((await stat(join(site.home, 'run'))).mode & 0o777, 0o700);
  });

  it('holds no file open but its own', async () => {
    const own = [site.home, site.recordings, repository, '/dev/', '/proc/', '/sys/', '/usr/', '/lib'];
    const packages = await readlink(join(repository, 'node_modules')).catch(() => repository);
    const strange = (await openFiles(system.ready.pid)).filter(
      (path) => ![...own, packages].some((prefix) => path.startsWith(prefix)),
    );
    assert.deepEqual(strange, []);
  });

  it('gives its children no privilege, no secret, no file of the home and no network', async () => {
    for (const { pid, name } of children) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
      // Decoders come and go.
      if (status === undefined) continue;
      const files = await openFiles(pid);
      assert.deepEqual(
        files.filter((path) => path.startsWith(site.directory)),
        [],
        name,
      );
      const environment = (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''))
        .split('\0')
        .filter((line) => line !== '');
      // What bubblewrap and prlimit themselves are called with; nothing of ours.
      assert.deepEqual(
        environment.filter((line) => !/^(?:PATH|LANG|PWD|MALLOC_\w+)=/.test(line)),
        [],
        name,
      );
      if (name !== 'ffmpeg' && name !== 'node') continue;
      assert.match(status, /^NoNewPrivs:\t1$/m, name);
      assert.match(status, /^CapEff:\t0+$/m, name);
      const own = await readlink(`/proc/${pid}/ns/net`);
      assert.notEqual(own, await readlink(`/proc/${system.ready.pid}/ns/net`), `${name} has the network`);
    }
  });
});

interface Child {
  readonly pid: number;
  readonly name: string;
}

/** All but the program that once draws the demo camera's loop: it reads our own pictures, nothing from outside. */
async function caged(children: readonly Child[]): Promise<readonly Child[]> {
  const lines = await Promise.all(children.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return children.filter((_, index) => !lines[index]!.includes('libx264\0-preset\0veryfast'));
}

async function descendants(root: number): Promise<readonly Child[]> {
  const all: { pid: number; parent: number; name: string }[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const line = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const match = /^(\d+) \((.*)\) \S (\d+)/.exec(line);
    if (match !== null) all.push({ pid: Number(match[1]), name: match[2]!, parent: Number(match[3]) });
  }
  const found: Child[] = [];
  let parents = new Set([root]);
  while (parents.size > 0) {
    const next = all.filter(({ parent }) => parents.has(parent));
    found.push(...next.map(({ pid, name }) => ({ pid, name: name === 'MainThread' ? 'node' : name })));
    parents = new Set(next.map(({ pid }) => pid));
  }
  return found;
}

async function links(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
  return found.filter((link) => link !== '');
}

async function openFiles(pid: number): Promise<readonly string[]> {
  return (await links(pid)).filter((link) => link.startsWith('/'));
}

/** proc(5), `/proc/net/tcp`: state 0A is LISTEN; addresses in the machine's byte order. */
async function listening(pid: number): Promise<readonly Listening[]> {
  const sockets = new Set((await links(pid)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const found: Listening[] = [];
  for (const file of ['tcp', 'tcp6']) {
    const table = await readFile(`/proc/${pid}/net/${file}`, 'utf8').catch(() => '');
    for (const line of table.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      const [address = '', port = ''] = (columns[1] ?? '').split(':');
      if (columns[3] === '0A' && sockets.has(columns[9] ?? ''))
        found.push({ address, port: Number.parseInt(port, 16) });
    }
  }
  return found;
}
