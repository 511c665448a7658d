/** What is shipped besides the program, checked as far as a machine without systemd as its first process and Docker can. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { parse } from 'yaml';
import { run } from './support/process.ts';
import { repository } from './support/shared.ts';

const packaging = join(repository, 'packaging');
const text = (...path: readonly string[]): Promise<string> => readFile(join(packaging, ...path), 'utf8');
const hasSystemd = (await run('sh', ['-c', 'command -v systemd-analyze'])).code === 0;

it('has a systemd unit as tight as its sandbox allows', {
  skip: hasSystemd ? false : 'no systemd-analyze here',
}, async () => {
  const unit = join(packaging, 'systemd', 'sentrix.service');
  // Of 10; what is left is the network, namespaces for the cage of ffmpeg, and Node's own code (docs/operations/install.md).
  const { code, output } = await run('systemd-analyze', ['security', '--offline=yes', '--threshold=34', unit]);
  assert.equal(code, 0, output);
  const verified = await run('systemd-analyze', ['verify', unit]);
  const said = verified.output.split('\n').filter((line) => line !== '' && !line.includes('is not executable'));
  assert.deepEqual(said, []);
  const shown = /exposure level for sentrix\.service: ([\d.]+)/.exec(output)![1]!;
  const page = await readFile(join(repository, 'docs', 'operations', 'install.md'), 'utf8');
  assert.ok(page.includes(`**${shown}**`), `docs/operations/install.md names the score ${shown}`);
});

it('makes its user by sysusers', { skip: hasSystemd ? false : 'no systemd here' }, async () => {
  const root = await mkdtemp(join(tmpdir(), 'sentrix-root-'));
  try {
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n'.replace('/root:', '/:'));
    await writeFile(join(root, 'etc', 'group'), 'root:x:0:\n');
    const file = join(packaging, 'systemd', 'sentrix.sysusers');
    await mkdir(join(root, 'usr', 'lib', 'sysusers.d'), { recursive: true });
    await writeFile(join(root, 'usr', 'lib', 'sysusers.d', 'sentrix.conf'), await readFile(file));
    const { code, output } = await run('systemd-sysusers', [`--root=${root}`]);
    assert.equal(code, 0, output);
    assert.match(await readFile(join(root, 'etc', 'passwd'), 'utf8'), /^sentrix:.*:\/var\/lib\/sentrix:/m);
  } finally {
    await rm(root, { recursive: true });
  }
});

it('has an image that runs as nobody special, with nothing of the build in it', async () => {
  const file = await text('docker', 'Dockerfile');
  const stages = file.split(/^FROM /m).slice(1);
  assert.equal(stages.length, 2);
  const [, last = ''] = stages;
  assert.match(last, /^USER 10001:10001$/m);
  assert.match(last, /^HEALTHCHECK [\s\S]*\/readyz/m);
  assert.doesNotMatch(last, /npm|nodejs|curl/);
  assert.doesNotMatch(file, /\bADD\b|:latest|chmod 777|--privileged/);
  const ignored = await readFile(join(repository, '.dockerignore'), 'utf8');
  for (const name of ['.git', 'node_modules', '.setup'])
    assert.match(ignored, new RegExp(`^${name.replace('.', '\\.')}$`, 'm'));
});

it('has a compose file with a read-only root, no capability, and ports on this machine alone', async () => {
  const { services } = parse(await text('docker', 'compose.yml')) as {
    services: Record<string, Record<string, unknown>>;
  };
  const sentrix = services['sentrix']!;
  assert.equal(sentrix['read_only'], true);
  assert.deepEqual(sentrix['cap_drop'], ['ALL']);
  assert.ok((sentrix['security_opt'] as string[]).includes('no-new-privileges:true'));
  for (const port of sentrix['ports'] as string[]) assert.match(port, /^127\.0\.0\.1:/);
  assert.equal(sentrix['privileged'], undefined);
});

it('has alert rules and a dashboard that speak of metrics that there are', async () => {
  const source = await readFile(join(repository, 'src', 'running-metrics.ts'), 'utf8');
  const known = new Set([...source.matchAll(/'((?:sentrix|process)_\w+)'/g)].map((match) => match[1]!));
  known.add('up');
  for (const name of ['rules.yml', 'grafana.json']) {
    const content = await text('monitoring', name);
    const used = [...content.matchAll(/\b((?:sentrix|process)_[a-z_]+)\b/g)].map((match) => match[1]!);
    assert.ok(used.length > 4, name);
    assert.deepEqual(
      [...new Set(used)].filter((one) => !known.has(one)),
      [],
      name,
    );
  }
  const { groups } = parse(await text('monitoring', 'rules.yml')) as {
    groups: { rules: { alert: string; expr: string; annotations: object }[] }[];
  };
  for (const { alert, expr, annotations } of groups.flatMap(({ rules }) => rules))
    assert.ok(alert && expr && annotations, alert);
  JSON.parse(await text('monitoring', 'grafana.json'));
});

const has = async (program: string): Promise<boolean> => (await run('sh', ['-c', `command -v ${program}`])).code === 0;

it('has alert rules that Prometheus takes', {
  skip: (await has('promtool')) ? false : 'no promtool here',
}, async () => {
  const { code, output } = await run('promtool', ['check', 'rules', join(packaging, 'monitoring', 'rules.yml')]);
  assert.equal(code, 0, output);
});

it('shows lines for nginx that nginx takes', { skip: (await has('nginx')) ? false : 'no nginx here' }, async () => {
  const page = await readFile(join(repository, 'docs', 'operations', 'remote-access.md'), 'utf8');
  const block = /```nginx\n([\s\S]*?)```/.exec(page)![1]!;
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-nginx-'));
  try {
    const [key, certificate] = [join(folder, 'tls-key'), join(folder, 'tls-cert')];
    const made = await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
      ...['-subj', '/CN=cameras.example.org', '-keyout', key, '-out', certificate],
    ]);
    assert.equal(made.code, 0, made.output);
    const server = block
      .replaceAll('/etc/ssl/cameras.crt', certificate)
      .replaceAll('/etc/ssl/cameras.key', key)
      .replaceAll('/etc/ssl/sentrix-ca.crt', certificate)
      .replace('listen 443', 'listen 127.0.0.1:8443');
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const file = join(folder, 'nginx.conf');
    await writeFile(
      file,
      `pid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths.join('\n')}\n${server}\n}\n`,
    );
    const { code, output } = await run('nginx', ['-t', '-e', 'stderr', '-p', folder, '-c', file]);
    assert.equal(code, 0, output);
  } finally {
    await rm(folder, { recursive: true });
  }
});
