/** Each check of the table sees what is well and what isn't; a check without both cases here fails the last test. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadConfig } from '../config/load.ts';
import type { Check, Examined, Status } from './check.ts';
import { dayMs } from './check.ts';
import { isCommonPassword } from './default-passwords.ts';
import { checks, examine, mend } from './doctor.ts';
import type { HomeFacts } from './home-facts.ts';
import type { FileFacts, Machine } from './machine.ts';
import { thisMachine } from './machine.ts';

const now = Date.UTC(2026, 10, 25);
const folder: FileFacts = { kind: 'folder', mode: 0o700, uid: 1000, device: '8:1', modifiedAt: now };
const file: FileFacts = { ...folder, kind: 'file', mode: 0o600 };

interface Given {
  readonly yaml?: string;
  readonly facts?: Partial<HomeFacts>;
  readonly noFacts?: boolean;
  readonly files?: Readonly<Record<string, FileFacts>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Output by program; a number: it ends with that. */
  readonly programs?: Readonly<Record<string, string | number>>;
  readonly machine?: Partial<Machine>;
}

const wholesome: HomeFacts = {
  accounts: [
    {
      name: 'ann',
      role: 'admin',
      canLogIn: true,
      secondFactor: true,
      createdAt: now - dayMs,
      passwordChangedAt: now - dayMs,
    },
  ],
  owner: { kind: 'locked', mode: 'passphrase' },
  escrow: 1,
  certificate: {
    source: 'local',
    names: ['localhost', '*.example.org'],
    validFrom: now - dayMs,
    validTo: now + 300 * dayMs,
  },
  cameras: [{ id: 'yard', changedAt: now - dayMs, password: 'own' }],
  backup: { madeAt: now - dayMs, verifiedAt: now - dayMs, newestRecordingAt: now },
  alertTestedAt: now - dayMs,
  server: {
    https: 'https://127.0.0.1:8080',
    sandbox: 'bubblewrap',
    routes: [
      { method: 'GET', url: '/healthz', open: true },
      { method: 'GET', url: '/api/recordings/:id', open: false },
    ],
  },
};

function examined(given: Given): Examined {
  const machine: Machine = {
    now: () => now,
    uid: 1000,
    run: async (program) => {
      const said = given.programs?.[program];
      return said === undefined
        ? undefined
        : typeof said === 'number'
          ? { code: said, output: '' }
          : { code: 0, output: said };
    },
    read: async (path) => given.texts?.[path],
    facts: async (path) =>
      given.files?.[path] ??
      (
        { '/home': folder, '/home/keys': folder, '/home/keys/service.key': file, '/rec': folder } as Record<
          string,
          FileFacts
        >
      )[path],
    list: async (path) => given.names?.[path] ?? [],
    real: async (path) => path,
    space: async () => ({ freeBytes: 5e11, totalBytes: 1e12, freeFiles: 1e6, totalFiles: 2e6 }),
    status: async () => 401,
    ...given.machine,
  };
  const config = loadConfig({
    text: `recording: { recordings_dir: /rec }\n${given.yaml ?? ''}`,
    file: 'surveillance.yml',
    directory: '/',
    userHome: '/nobody',
  });
  const facts = given.noFacts === true ? undefined : { ...wholesome, ...given.facts };
  return { config, home: '/home', configFile: undefined, machine, facts };
}

const ann = wholesome.accounts[0]!;
const camera = 'cameras: [{ name: Yard, source: "rtsps://cam@10.0.0.9/s" }]';
const lan = 'network: { bind: 192.168.1.5 }';
const space = { freeBytes: 5e11, totalBytes: 1e12, freeFiles: 1e6, totalFiles: 2e6 };
const rules = 'alerts: { rules: [{ name: t, on: [camera_down, disk_low, recording_failed, lockout], to: [push] }] }';
const crypt = { '/sys/dev/block/8:1/dm/uuid': 'CRYPT-LUKS2-abc' };

/** Check, status, what is given, and what the reason speaks of. */
const cases: readonly (readonly [string, Status, Given, RegExp])[] = [
  ['configuration', 'pass', {}, /defaults/],
  ['configuration', 'warn', { yaml: 'redis: { url: "redis://h:1" }' }, /redis/],
  ['bind', 'pass', {}, /this machine alone/],
  ['bind', 'pass', { yaml: lan }, /local network/],
  ['bind', 'warn', { yaml: 'network: { bind: 0.0.0.0 }' }, /every interface/],
  ['bind', 'fail', { yaml: 'network: { bind: 0.0.0.0, block_external: false }' }, /every address in the world/],
  ['bind', 'fail', { yaml: 'network: { bind: 0.0.0.0, allowed_networks: [0.0.0.0/0] }' }, /everybody/],
  ['certificate', 'pass', {}, /valid to/],
  ['certificate', 'fail', { facts: { certificate: { ...wholesome.certificate, validTo: now } } }, /ran out/],
  [
    'certificate',
    'fail',
    { facts: { certificate: { ...wholesome.certificate, validFrom: now + 1 } } },
    /not valid yet/,
  ],
  [
    'certificate',
    'warn',
    { facts: { certificate: { ...wholesome.certificate, validTo: now + 10 * dayMs } } },
    /runs out/,
  ],
  ['certificate', 'pass', { yaml: 'network: { hosts: [cam.example.org] }' }, /valid/],
  ['certificate', 'warn', { yaml: 'network: { hosts: [a.b.example.org] }' }, /a\.b\.example\.org/],
  [
    'certificate',
    'fail',
    { yaml: 'network: { bind: 10.0.0.1, allow_insecure: true }\nsecurity: { use_tls: false }' },
    /in the clear/,
  ],
  ['certificate', 'warn', { yaml: 'security: { use_tls: false }' }, /plain HTTP/],
  ['authentication', 'pass', {}, /1 routes/],
  ['authentication', 'fail', { machine: { status: async () => 200 } }, /\/api\/recordings\/:id answers 200/],
  ['authentication', 'warn', { machine: { status: async () => undefined } }, /did not answer/],
  ['authentication', 'fail', { yaml: 'security: { require_auth: false }' }, /sees everything/],
  ['origins', 'pass', {}, /no foreign/],
  ['origins', 'warn', { yaml: 'network: { trusted_origins: ["https://a.example"] }' }, /a\.example/],
  ['origins', 'fail', { yaml: 'network: { trusted_proxies: ["10.0.0.0/8"] }' }, /pretend/],
  ['limits', 'pass', {}, /5 tries/],
  ['limits', 'warn', { yaml: 'security: { max_login_attempts: 50 }' }, /50 wrong/],
  ['limits', 'warn', { yaml: 'security: { lockout_duration: 5 }' }, /5 s/],
  ['accounts', 'pass', {}, /second factor/],
  ['accounts', 'warn', { facts: { accounts: [{ ...ann, secondFactor: false }] } }, /ann/],
  ['accounts', 'warn', { facts: { accounts: [] } }, /nobody/],
  ['credential-age', 'pass', {}, /90 days/],
  [
    'credential-age',
    'warn',
    { facts: { accounts: [{ ...ann, passwordChangedAt: now - 91 * dayMs }] } },
    /password of ann/,
  ],
  [
    'credential-age',
    'warn',
    { facts: { cameras: [{ id: 'yard', changedAt: now - 91 * dayMs, password: 'own' }] } },
    /camera yard/,
  ],
  ['encryption', 'pass', {}, /passphrase, 1/],
  ['encryption', 'fail', { facts: { owner: { kind: 'absent' } } }, /nothing is recorded/],
  ['encryption', 'warn', { facts: { owner: { kind: 'open', mode: 'keyfile' } } }, /in the clear/],
  ['encryption', 'warn', { facts: { escrow: 0 } }, /only way back/],
  ['key-place', 'pass', { texts: crypt }, /encrypted disk/],
  ['key-place', 'warn', {}, /service key/],
  [
    'key-place',
    'warn',
    { files: { '/home/keys/service.key': file, '/home/keys/owner.key': file, '/rec': folder } },
    /owner key/,
  ],
  [
    'key-place',
    'warn',
    { texts: { ...crypt, '/proc/swaps': 'Filename Type\n/dev/sda2 partition 1 0 -2\n' } },
    /swapped/,
  ],
  [
    'key-place',
    'pass',
    { texts: { ...crypt, '/proc/swaps': 'Filename Type\n/dev/zram0 partition 1 0 -2\n' } },
    /encrypted/,
  ],
  [
    'permissions',
    'pass',
    { names: { '/home': ['catalog.db'] }, files: { '/home': folder, '/home/catalog.db': file } },
    /alone/,
  ],
  ['permissions', 'fail', { files: { '/home': { ...folder, mode: 0o755 } } }, /\/home is open to others \(755\)/],
  [
    'permissions',
    'fail',
    {
      names: { '/home/keys': ['owner.key'] },
      files: { '/home': folder, '/home/keys/owner.key': { ...file, mode: 0o640 } },
    },
    /owner\.key is open/,
  ],
  ['permissions', 'fail', { files: { '/home': { ...folder, uid: 7 } } }, /another user/],
  ['repository', 'pass', {}, /no repository/],
  ['repository', 'pass', { files: { '/home': folder, '/.git': folder }, programs: { git: '' } }, /ignored/],
  ['repository', 'fail', { files: { '/home': folder, '/.git': folder }, programs: { git: 1 } }, /is not ignored/],
  ['setup-link', 'pass', {}, /none/],
  ['setup-link', 'warn', { files: { '/home/setup-link': file } }, /void/],
  ['setup-link', 'warn', { files: { '/home/setup-link': file }, facts: { accounts: [] } }, /not been used/],
  [
    'setup-link',
    'fail',
    { files: { '/home/setup-link': { ...file, modifiedAt: now - 2 * dayMs } }, facts: { accounts: [] } },
    /more than a day/,
  ],
  ['superuser', 'pass', {}, /1000/],
  ['superuser', 'warn', { machine: { uid: 0 } }, /as root/],
  ['firewall', 'pass', {}, /not needed/],
  [
    'firewall',
    'pass',
    { yaml: lan, programs: { nft: 'chain input {\n type filter hook input priority 0; policy drop;\n}' } },
    /filters/,
  ],
  ['firewall', 'pass', { yaml: lan, texts: { '/etc/ufw/ufw.conf': 'ENABLED=yes\n' } }, /filters/],
  ['firewall', 'warn', { yaml: lan, programs: { nft: '' } }, /no firewall/],
  ['firewall', 'warn', { yaml: lan, programs: { nft: 1 } }, /may not see/],
  ['clock', 'pass', { programs: { timedatectl: 'yes\n' } }, /in sync/],
  ['clock', 'pass', { programs: { chronyc: 'Leap status     : Normal\n' } }, /chrony/],
  ['clock', 'warn', { programs: { timedatectl: 'no\n' } }, /not in sync/],
  ['clock', 'warn', {}, /nothing here says/],
  ['clock', 'fail', { machine: { now: () => 0 } }, /years behind/],
  ['disk', 'pass', {}, /room/],
  ['disk', 'fail', { machine: { space: async () => ({ ...space, freeBytes: 5e8 }) } }, /0\.5 GiB/],
  ['disk', 'warn', { machine: { space: async () => ({ ...space, freeBytes: 2e10 }) } }, /18\.6 GiB/],
  ['disk', 'fail', { machine: { space: async () => ({ ...space, freeFiles: 5 }) } }, /inodes/],
  ['disk', 'fail', { texts: { '/proc/self/mountinfo': '1 2 8:1 / /rec ro,relatime - ext4' } }, /read-only/],
  [
    'disk',
    'fail',
    {
      texts: { '/sys/dev/block/8:1/uevent': 'DEVNAME=sda1\n' },
      programs: { smartctl: 'SMART overall-health self-assessment test result: FAILED!' },
    },
    /failing/,
  ],
  [
    'disk',
    'pass',
    { texts: { '/sys/dev/block/8:1/uevent': 'DEVNAME=sda1\n' }, programs: { smartctl: 'test result: PASSED' } },
    /room/,
  ],
  ['programs', 'pass', { programs: { ffmpeg: 'ffmpeg version 5.1.9-0+deb12u1 Copyright' } }, /5\.1\.9/],
  ['programs', 'fail', {}, /missing/],
  ['programs', 'warn', { programs: { ffmpeg: 'ffmpeg version 4.4 C' } }, /old/],
  [
    'programs',
    'warn',
    {
      programs: { ffmpeg: 'ffmpeg version n6.0 C' },
      facts: { server: { ...wholesome.server!, sandbox: 'namespace' } },
    },
    /weaker/,
  ],
  [
    'programs',
    'fail',
    { programs: { ffmpeg: 'ffmpeg version n6.0 C' }, facts: { server: { ...wholesome.server!, sandbox: 'none' } } },
    /no sandbox/,
  ],
  ['cameras', 'pass', { yaml: camera }, /none/],
  [
    'cameras',
    'fail',
    { yaml: camera, facts: { cameras: [{ id: 'yard', changedAt: now, password: 'common' }] } },
    /every attacker/,
  ],
  [
    'cameras',
    'warn',
    { yaml: camera, facts: { cameras: [{ id: 'yard', changedAt: null, password: 'none' }] } },
    /everybody/,
  ],
  ['cameras', 'warn', { yaml: camera.replace('rtsps', 'rtsp') }, /in the clear/],
  ['backup', 'pass', {}, /made a day ago/],
  ['backup', 'warn', { facts: { backup: { ...wholesome.backup, madeAt: null } } }, /no backup/],
  ['backup', 'warn', { facts: { backup: { ...wholesome.backup, madeAt: now - 9 * dayMs } } }, /9 days ago/],
  [
    'backup',
    'fail',
    { yaml: 'backup: { directory: /b }', facts: { backup: { ...wholesome.backup, madeAt: now - 9 * dayMs } } },
    /every 24 h/,
  ],
  ['backup', 'warn', { facts: { backup: { ...wholesome.backup, verifiedAt: null } } }, /ever tried/],
  ['alerts', 'pass', { yaml: rules }, /told/],
  ['alerts', 'warn', {}, /camera_down/],
  ['alerts', 'warn', { yaml: rules, facts: { alertTestedAt: null } }, /ever tried/],
  ['updates', 'pass', {}, /nothing/],
  ['updates', 'warn', { machine: { facts: async () => ({ ...file, modifiedAt: now - 200 * dayMs }) } }, /200 days ago/],
  ['updates', 'warn', { files: { '/etc/apt': folder } }, /by themselves/],
  [
    'updates',
    'pass',
    {
      files: { '/etc/apt': folder },
      texts: { '/etc/apt/apt.conf.d/20auto-upgrades': 'APT::Periodic::Unattended-Upgrade "1";' },
    },
    /nothing/,
  ],
  ['updates', 'warn', { files: { '/run/reboot-required': file } }, /restart/],
  ['updates', 'fail', { machine: { now: () => Date.UTC(2029, 0) } }, /no more security fixes/],
];

describe('the deployment checklist', () => {
  for (const [id, status, given, why] of cases)
    it(`${id}: ${status} where ${JSON.stringify({ ...given, machine: undefined })} ${given.machine === undefined ? '' : Object.keys(given.machine)} (${why.source})`, async () => {
      const [result] = await examine(examined(given), AbortSignal.timeout(5000), [byId(id)]);
      assert.equal(result!.status, status, JSON.stringify(result));
      assert.match(result!.findings.map((one) => one.why).join('\n'), why);
      for (const one of result!.findings) if (one.status !== 'pass') assert.ok((one.mend ?? '') !== '', one.why);
    });

  it('has a case of each kind for every check', () => {
    for (const { id } of checks) {
      const seen = new Set(cases.filter(([name]) => name === id).map(([, status]) => status));
      assert.ok(seen.has('pass') && seen.size > 1, id);
    }
    assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length);
  });

  it('says what could not be looked at, and looks at the rest', async () => {
    const broken: Check = { id: 'broken', title: 'Broken', run: () => Promise.reject(new Error('no such thing')) };
    const results = await examine(examined({}), AbortSignal.timeout(5000), [broken, byId('bind')]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['warn', 'pass'],
    );
    assert.match(results[0]!.findings[0]!.why, /no such thing/);
  });

  it('knows factory passwords', () => {
    assert.ok(isCommonPassword('admin', 'admin') && isCommonPassword('x', '12345') && isCommonPassword('Anna', 'anna'));
    assert.ok(isCommonPassword('admin', '') && isCommonPassword('root', 'Admin123'));
    assert.ok(!isCommonPassword('admin', 'vF7-kk2-Qw9'));
  });
});

describe('mending by itself', () => {
  let at = '';
  before(async () => {
    at = await mkdtemp(join(tmpdir(), 'sentrix-doctor-'));
  });
  after(() => rm(at, { recursive: true }));

  it('closes modes, removes a link that is over, and keeps a home out of git', async () => {
    const home = join(at, 'home');
    await mkdir(join(home, 'keys'), { recursive: true, mode: 0o700 });
    await mkdir(join(at, '.git', 'info'), { recursive: true });
    await writeFile(join(home, 'keys', 'service.key'), 'x');
    await writeFile(join(home, 'setup-link'), 'https://…', { mode: 0o600 });
    await chmod(join(home, 'keys', 'service.key'), 0o644);
    const about = { ...examined({}), home, machine: thisMachine({ now: () => now }) };
    const table = ['permissions', 'setup-link', 'repository'].map(byId);
    const found = await examine(about, AbortSignal.timeout(5000), table);
    assert.deepEqual(
      found.map(({ status }) => status),
      ['fail', 'warn', 'fail'],
    );
    assert.ok((await mend(found)).length >= 3);
    assert.equal((await stat(join(home, 'keys', 'service.key'))).mode & 0o777, 0o600);
    await assert.rejects(stat(join(home, 'setup-link')));
    assert.match(await readFile(join(at, '.git', 'info', 'exclude'), 'utf8'), /^\/home\/$/m);
  });
});

function byId(id: string): Check {
  const found = checks.find((check) => check.id === id);
  assert.ok(found, id);
  return found;
}
