import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { systemClock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import { runCli } from './cli.ts';
import { controlHandlers } from './handlers.ts';
import type { Io, Signal } from './io.ts';
import type { App, Home, HomeAccount, OpenedHome, RunningSystem, RunOptions } from './system.ts';

let directory = '';
let home = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sentrix-cli-'));
  home = join(directory, 'home');
});
afterEach(() => rm(directory, { recursive: true }));

class Sink extends Writable {
  text = '';
  isTTY = false;
  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk.toString();
    callback();
  }
}

/** A home in memory that remembers what was done to it. */
class FakeHome implements OpenedHome {
  readonly done: string[] = [];
  accounts: HomeAccount[] = [];
  closed = false;
  readonly access: Home['access'] = {
    users: {
      list: async () => this.accounts,
      add: async (account) => {
        this.done.push(
          `add ${account.name} ${account.role} ${account.cameras} ${account.password.reveal()} ${account.stream}`,
        );
      },
      setPassword: async (name, password) => {
        this.done.push(`password ${name} ${password.reveal()}`);
      },
      rotate: async () => ({ password: new Secret('rotated-secret') }),
      renewStreamPassword: async () => new Secret('stream-secret'),
      setRole: async (name, role, cameras) => {
        this.done.push(`role ${name} ${role} ${cameras}`);
      },
      remove: async () =>
        Promise.reject(new Problem('access/unknown-account', 'there is no account of this name', { status: 404 })),
      unlock: async () => true,
    },
    resetAdmins: async () => new Secret('CODE'),
  };
  readonly credentials: Home['credentials'] = {
    set: async (camera, { username, password }) => {
      this.done.push(`credentials ${camera} ${username} ${password.reveal()}`);
    },
    remove: async () => true,
  };
  readonly cameras: Home['cameras'] = {
    trust: async () => ({ fingerprint: 'AB:CD' }),
    register: async ({ id }) => {
      this.done.push(`register ${id}`);
    },
    remove: async (id) => {
      this.done.push(`remove ${id}`);
    },
    test: async () => ({ codec: 'h264', width: 640, height: 360, fps: 15 }),
  };
  readonly vault: Home['vault'] = {
    status: () => ({ kind: 'locked', mode: 'passphrase' }),
    unlock: async () => {},
    keyFacts: async () => ({ escrow: ['age1escrow'], configured: [], dayKeys: 2, firstDay: 'a', lastDay: 'b' }),
    rotate: async ({ passphrase }) => {
      this.done.push(`rotate ${passphrase?.reveal()}`);
      return { recipient: 'age1new', changed: 2, skipped: 0 };
    },
    addEscrow: async (recipient, passphrase) => {
      this.done.push(`escrow ${recipient} ${passphrase?.reveal()}`);
      return { changed: 2, skipped: 1 };
    },
    removeEscrow: async () => ({ changed: 2, skipped: 0 }),
    shred: async (date) => {
      this.done.push(`shred ${date}`);
      return { keys: 1 };
    },
    recover: async () => ({ recipient: 'age1old', adopted: 2, foreign: 0 }),
    ownerIdentity: async () => new Secret('AGE-SECRET-KEY-1TEST'),
  };
  readonly recordings: Home['recordings'] = {
    list: async () => [],
    verify: async () => [{ id: 7, camera: 'door', file: 'door/a.mp4', faults: ['the file is gone'] }],
    expiring: async () => [],
    reindex: async () => ({ added: 2, known: 0, refused: 0 }),
    import: async () => ({ imported: 1, known: 0, tooOld: 0, refused: [], removed: 0 }),
    export: async ({ id, path, recipient }) => {
      this.done.push(`export ${id} ${path} ${recipient}`);
      return { bytes: 9 };
    },
    hold: async (id, hold) => {
      this.done.push(`hold ${id} ${hold}`);
    },
  };
  readonly audit: Home['audit'] = {
    read: async (from) => (from <= 0 ? [{ sequence: 0, at: 0, kind: 'a.b', who: null, from: null }] : []),
    size: () => 1,
    witnesses: () => [{ kind: 'file', target: '/mnt/w', state: 'failing', size: null, problem: 'it is away' }],
    verify: async (earlier) => ({ entries: 1, root: 'R', faults: earlier.map(() => ({ kind: 'older', size: 9 })) }),
  };
  readonly mirror: Home['mirror'] = {
    login: async (id, secret) => {
      this.done.push(`login ${id} ${secret.reveal()}`);
    },
  };
  readonly deletions: Home['deletions'] = {
    list: async () => [
      {
        id: 3,
        subject: { kind: 'day', date: '2026-11-24' },
        by: 'ann',
        askedAt: 0,
        dueAt: 86_400_000,
        confirmable: true,
      },
    ],
    cancel: async (id) => {
      this.done.push(`cancel ${id}`);
    },
    confirm: async (id) => {
      this.done.push(`confirm ${id}`);
    },
  };
  readonly backups: Home['backups'] = {
    make: async ({ target }) => ({ path: target, bytes: 1, files: 1, copied: 0 }),
    verified: async () => {},
    restored: async () => {},
  };
  readonly doctor: Home['doctor'] = { facts: async () => assert.fail('not asked for') };
  readonly certificates: Home['certificates'] = {
    show: () => assert.fail('not asked for'),
    reissue: async () => {},
  };
  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
  }
}

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The JSON lines. */
  events(): Record<string, unknown>[];
}

interface Given {
  readonly stdin?: string;
  readonly fake?: FakeHome;
  readonly env?: Readonly<Record<string, string>>;
  /** A running server's home. */
  readonly server?: Home;
  readonly runSystem?: App['runSystem'];
  readonly signals?: { send?: (signal: Signal) => void };
  readonly exitNow?: (code: number) => void;
}

async function sentrix(line: string | readonly string[], given: Given = {}): Promise<Run> {
  const stdout = new Sink();
  const stderr = new Sink();
  const fake = given.fake ?? new FakeHome();
  const io: Io = {
    argv: typeof line === 'string' ? line.split(' ') : line,
    env: { SENTRIX_HOME: home, ...given.env },
    cwd: directory,
    userHome: directory,
    stdin: Readable.from(given.stdin === undefined ? [] : [Buffer.from(given.stdin)]),
    stdout,
    stderr,
    clock: systemClock,
    onSignal: (listener) => {
      if (given.signals) given.signals.send = listener;
      return () => {};
    },
    exitNow: given.exitNow ?? (() => {}),
    loadApp: async () => ({ openHome: async () => fake, runSystem: given.runSystem ?? (() => assert.fail('started')) }),
    callServer: async (_socket, command, args) => {
      if (given.server === undefined) throw new Problem('control/not-running', 'no server');
      // Through JSON, as over the socket.
      const answer = await controlHandlers(given.server)[command]!(
        JSON.parse(JSON.stringify(args)),
        () => {},
        new AbortController().signal,
      );
      return JSON.parse(JSON.stringify(answer ?? null)) as unknown;
    },
  };
  const code = await runCli(io);
  return {
    code,
    out: stdout.text,
    err: stderr.text,
    events: () =>
      stdout.text
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as Record<string, unknown>),
  };
}

test('answers wrong usage with 2, one error line and the nearest name', async () => {
  for (const [line, error, hint] of [
    ['strat', /no command "strat"/, /sentrix start\?/],
    ['user ad', /no command "user ad"/, /user add\?/],
    ['user', /user what/, /user add, user list/],
    ['start --bnid x', /no option --bnid/, /--bind\?/],
    ['start --no-bind', /no option --no-bind/, /./],
    ['start --json=yes', /--json takes no value/, /./],
    ['start --bind', /--bind needs a value/, /./],
    ['start extra', /does not take "extra"/, /./],
    ['user add', /needs NAME/, /./],
    ['user add a --role god', /no role "god"/, /admin, viewer/],
    ['quick -n 0', /1 to 64/, undefined],
    ['config', /needs -c FILE/, /./],
    ['detect', /needs --rtsp-url/, /./],
    ['--json start', /comes before --json/, /./],
  ] as const) {
    const run = await sentrix(line);
    assert.equal(run.code, 2, line);
    assert.match(run.err, error, line);
    if (hint !== undefined) assert.match(run.err, hint, line);
    assert.match(run.err.split('\n')[0]!, /^sentrix: error: /);
  }
});

test('prints help and version with 0', async () => {
  assert.match((await sentrix('--version')).out, /^\d+\.\d+\.\d+\n$/);
  assert.match((await sentrix('--help')).out, /user add NAME/);
  const group = await sentrix('user --help');
  assert.equal(group.code, 0);
  assert.match(group.out, /user add NAME/);
  assert.doesNotMatch(group.out, /camera add/);
  const help = await sentrix('user add --help');
  assert.equal(help.code, 0);
  assert.match(help.out, /--password-stdin/);
});

test('tells every fault of the configuration with its place, in text and in JSON, and exits with 2', async () => {
  await writeFile(join(directory, 'surveillance.yml'), 'network:\n  bind: here\n  prot: 1\n');
  const run = await sentrix('start --json');
  assert.equal(run.code, 2);
  assert.match(run.err, /surveillance\.yml:2:9: network\.bind: found "here"; allowed: an IP address/);
  assert.match(run.err, /surveillance\.yml:3:3: network\.prot/);
  const [event] = run.events();
  assert.equal(event!['event'], 'error');
  assert.equal((event!['errors'] as unknown[]).length, 2);
  assert.equal((await sentrix('start --config none.yml')).code, 2);
});

test('finds the configuration by --config, here, $SENTRIX_CONFIG, then in the home', async () => {
  const bad = (name: string): string => `xyzzy_${name}: 1\n`;
  await sentrix('user list');
  await writeFile(join(home, 'surveillance.yml'), bad('home'));
  assert.match((await sentrix('user list')).err, /xyzzy_home/);
  await writeFile(join(directory, 'env.yml'), bad('env'));
  const env = { SENTRIX_CONFIG: join(directory, 'env.yml') };
  assert.match((await sentrix('user list', { env })).err, /xyzzy_env/);
  await writeFile(join(directory, 'surveillance.yml'), bad('here'));
  assert.match((await sentrix('user list', { env })).err, /xyzzy_here/);
  await writeFile(join(directory, 'mine.yml'), bad('mine'));
  assert.match((await sentrix('user list --config mine.yml', { env })).err, /xyzzy_mine/);
});

test('adds an account with a password from stdin, on the home itself and through the server', async () => {
  for (const where of ['fake', 'server'] as const) {
    const fake = new FakeHome();
    const run = await sentrix('user add ann --role viewer --camera yard --camera gate --password-stdin --json', {
      stdin: 'correct horse\r\nmore',
      [where]: fake,
    });
    assert.equal(run.code, 0, run.err);
    assert.deepEqual(fake.done, ['add ann viewer yard,gate correct horse false']);
    assert.equal(fake.closed, where === 'fake');
    assert.deepEqual(run.events(), [{ event: 'done', name: 'ann' }]);
  }
});

test('makes the home private', async () => {
  await sentrix('user list');
  assert.equal((await stat(home)).mode & 0o777, 0o700);
});

test('asks for no password where there is no terminal, and shows a generated one nowhere else', async () => {
  const asked = await sentrix('user add ann --role viewer');
  assert.equal(asked.code, 1);
  assert.match(asked.err, /hint: give it on stdin with --password-stdin/);
  const empty = await sentrix('user add ann --role viewer --password-stdin', { stdin: '\n' });
  assert.equal(empty.code, 1);
});

test('carries the failure of an operation to exit code 1 and an error event', async () => {
  for (const given of [{ fake: new FakeHome() }, { server: new FakeHome() }]) {
    const run = await sentrix('user remove bob --json', given);
    assert.equal(run.code, 1);
    assert.deepEqual(run.events(), [
      { event: 'error', code: 'access/unknown-account', detail: 'there is no account of this name' },
    ]);
    assert.equal(run.err, 'sentrix: error: there is no account of this name\n');
  }
});

test('keeps the cameras of an account when only its role changes', async () => {
  const fake = new FakeHome();
  fake.accounts = [
    {
      name: 'ann',
      role: 'viewer',
      cameras: 'all',
      stream: false,
      canLogIn: true,
      createdAt: 0,
      lastLoginAt: null,
      lockedUntil: null,
    },
  ];
  assert.equal((await sentrix('user role ann publisher', { fake })).code, 0);
  assert.deepEqual(fake.done, ['role ann publisher all']);
  assert.match((await sentrix('user list', { fake })).out, /ann +viewer +all +no +active/);
});

test('adds and removes a camera: password to the store, URL without it to the file, comments kept', async () => {
  const file = join(directory, 'surveillance.yml');
  await writeFile(file, '# ours\ncameras:\n  - video/door # old\n');
  const fake = new FakeHome();
  const added = await sentrix(
    ['camera', 'add', 'Back Yard', '--source', 'rtsp://joe@192.0.2.7:554/s', '--password-stdin', '--json'],
    { fake, stdin: 'pässword\n' },
  );
  assert.equal(added.code, 0, added.err);
  assert.deepEqual(fake.done, ['register back-yard', 'credentials back-yard joe pässword']);
  const text = await readFile(file, 'utf8');
  assert.match(text, /# ours[\s\S]*# old[\s\S]*source: rtsp:\/\/192\.0\.2\.7:554\/s/);
  assert.ok(!text.includes('joe') && !text.includes('pässword'));
  assert.match((await sentrix('camera list', { fake })).out, /back-yard +Back Yard/);
  const twice = await sentrix(['camera', 'add', 'back yard', '--source', 'rtsp://192.0.2.8/'], { fake });
  assert.equal(twice.code, 1);
  assert.equal((await sentrix('camera remove back-yard', { fake })).code, 0);
  assert.match((await sentrix('camera remove back-yrd', { fake })).err, /there is no camera/);
  assert.ok(!(await readFile(file, 'utf8')).includes('192.0.2.7'));
});

test('takes no password in a URL and does not repeat it', async () => {
  for (const line of [
    'camera add X --source rtsp://u:planted@192.0.2.1/',
    'detect --rtsp-url rtsp://u:planted@192.0.2.1/',
  ]) {
    const run = await sentrix(line);
    assert.equal(run.code, 2);
    assert.ok(!`${run.out}${run.err}`.includes('planted'), run.err);
  }
});

test('writes a decrypted file as a whole and for its owner alone', async () => {
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  await writeFile(join(directory, 'clip.age'), await encrypter.encrypt('plain'));
  const without = await sentrix('recording decrypt clip.age -o clip.mp4');
  assert.deepEqual([without.code, /no owner key/.test(without.err)], [1, true]);
  await mkdir(join(home, 'keys'), { recursive: true, mode: 0o700 });
  await writeFile(join(home, 'keys', 'owner.key'), `${identity}\n`, { mode: 0o600 });
  assert.equal((await sentrix('recording decrypt clip.age -o clip.mp4')).code, 0);
  assert.equal(await readFile(join(directory, 'clip.mp4'), 'utf8'), 'plain');
  assert.equal((await stat(join(directory, 'clip.mp4'))).mode & 0o777, 0o600);
  assert.equal((await sentrix('recording decrypt clip.age -o -')).out, 'plain');
  assert.equal((await sentrix('recording decrypt clip.age -o none/clip.mp4')).code, 1);
  assert.equal((await sentrix('recording decrypt clip.age')).code, 2);
});

test('prints nothing of what outsiders chose as control characters', async () => {
  const run = await sentrix(['camera', 'test', 'x\u001b[2J\r\n']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.ok(!/[\x00-\x09\x0b-\x1f]/.test(run.err));
});

/** A running system that a test can look into. */
function fakeSystem(setup: boolean): { system: RunningSystem; log: string[]; end: (error?: Error) => void } {
  const log: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return {
    log,
    end: (error) => (error ? reject(error) : resolve()),
    system: {
      ready: { https: 'https://127.0.0.1:8080', rtsp: 'rtsp://127.0.0.1:8554', pid: 7 },
      ...(setup ? { setupUrl: new Secret('https://127.0.0.1:8080/setup#CODE') } : {}),
      reload: async () => {
        log.push('reload');
      },
      stop: async () => {
        log.push('stop');
        resolve();
      },
      stopped: promise,
    },
  };
}

test('says when it is ready, reloads at SIGHUP, stops at SIGTERM with 0', async () => {
  const { system, log } = fakeSystem(true);
  const signals: NonNullable<Given['signals']> = {};
  let options: RunOptions | undefined;
  const running = sentrix('start --json --bind 127.0.0.2 --no-recording', {
    signals,
    runSystem: async (given) => {
      options = given;
      setImmediate(() => {
        signals.send!('SIGHUP');
        setImmediate(() => signals.send!('SIGTERM'));
      });
      return system;
    },
  });
  const run = await running;
  assert.equal(run.code, 0);
  assert.deepEqual(run.events(), [
    { event: 'setup', url: 'https://127.0.0.1:8080/setup#CODE' },
    { event: 'ready', https: 'https://127.0.0.1:8080', rtsp: 'rtsp://127.0.0.1:8554', pid: 7 },
  ]);
  assert.deepEqual(log, ['reload', 'stop']);
  assert.equal(options!.config.network.bind, '127.0.0.2');
  assert.equal(options!.config.recording.enabled, false);
  assert.equal((await options!.loadConfig()).network.bind, '127.0.0.2');
});

test('puts the set-up link into a private file where no terminal would show it, and never into the output', async () => {
  const { system } = fakeSystem(true);
  const signals: NonNullable<Given['signals']> = {};
  let link = '';
  let mode = 0;
  const run = await sentrix('start', {
    signals,
    runSystem: async () => {
      setTimeout(async () => {
        link = await readFile(join(home, 'setup-link'), 'utf8');
        mode = (await stat(join(home, 'setup-link'))).mode & 0o777;
        signals.send!('SIGINT');
      }, 20);
      return system;
    },
  });
  assert.equal(run.code, 0);
  assert.equal(link, 'https://127.0.0.1:8080/setup#CODE\n');
  assert.equal(mode, 0o600);
  assert.ok(!`${run.out}${run.err}`.includes('CODE'));
  assert.match(run.out, /setup-link/);
  await assert.rejects(stat(join(home, 'setup-link')), { code: 'ENOENT' });
});

test('ends with 1 when the system fails of itself', async () => {
  const { system, end } = fakeSystem(false);
  const run = await sentrix('start --json', {
    runSystem: async () => {
      setImmediate(() => end());
      return system;
    },
  });
  assert.equal(run.code, 1);
});

test('finishes what is open when something was thrown that nobody caught, and ends with 1', async () => {
  const { system, log } = fakeSystem(false);
  const signals: NonNullable<Given['signals']> = {};
  const run = await sentrix('start --json', {
    signals,
    runSystem: async () => {
      setImmediate(() => signals.send!('crash'));
      return system;
    },
  });
  assert.equal(run.code, 1);
  assert.deepEqual(log, ['stop']);
});

test('ends at once at a second signal, but takes one signal that came by two ways for one', async () => {
  const { system } = fakeSystem(false);
  const signals: NonNullable<Given['signals']> = {};
  const exits: number[] = [];
  const stopping = Promise.withResolvers<void>();
  const running = sentrix('start --json', {
    signals,
    exitNow: (code) => {
      exits.push(code);
      stopping.resolve();
    },
    runSystem: async () => {
      setImmediate(() => {
        signals.send!('SIGTERM');
        signals.send!('SIGTERM');
        assert.deepEqual(exits, []);
        setTimeout(() => signals.send!('SIGTERM'), 80);
      });
      return { ...system, stop: () => stopping.promise };
    },
  });
  await running;
  assert.deepEqual(exits, [1]);
});

test('starts N paths for quick, streams alone for run, and given streams without the streaming server for detect', async () => {
  const seen: RunOptions[] = [];
  const signals: NonNullable<Given['signals']> = {};
  const runSystem: App['runSystem'] = async (options) => {
    seen.push(options);
    setImmediate(() => signals.send!('SIGTERM'));
    return fakeSystem(false).system;
  };
  await sentrix('quick -n 2', { signals, runSystem });
  await sentrix('run --path video/a', { signals, runSystem });
  await sentrix('detect --rtsp-url rtsp://joe@192.0.2.1/a --password-stdin', { signals, runSystem, stdin: 'pw\n' });
  const [quick, streams, detect] = seen;
  assert.deepEqual(
    quick!.config.cameras.map(({ path }) => path),
    ['video/camera-1', 'video/camera-2'],
  );
  assert.deepEqual(
    [streams!.config.detection.enabled, streams!.config.recording.enabled, streams!.rtspServer],
    [false, false, true],
  );
  assert.deepEqual(
    [detect!.rtspServer, detect!.config.cameras[0]!.source, detect!.config.recording.enabled],
    [false, 'rtsp://192.0.2.1/a', false],
  );
  assert.equal([...detect!.credentials.values()][0]!.username, 'joe');
});

test('changes keys with the passphrase from stdin, and shreds a day only where that is said twice', async () => {
  const fake = new FakeHome();
  const given = { fake, stdin: 'correct horse\n' };
  assert.equal((await sentrix('key rotate --password-stdin', given)).code, 0);
  const added = await sentrix('key escrow add age1other --password-stdin --json', given);
  assert.deepEqual(added.events().at(-1), { event: 'done', changed: 2, skipped: 1 });
  assert.equal((await sentrix('key shred 2026-11-24', { fake })).code, 2);
  assert.equal((await sentrix('key shred yesterday --yes', { fake })).code, 2);
  assert.equal((await sentrix('key shred 2026-11-24 --yes', { fake })).code, 0);
  assert.equal((await sentrix('recording hold 7', { fake })).code, 0);
  assert.equal((await sentrix('recording release 7', { fake })).code, 0);
  assert.equal((await sentrix('recording hold seven', { fake })).code, 2);
  assert.deepEqual(fake.done, [
    'rotate correct horse',
    'escrow age1other correct horse',
    'shred 2026-11-24',
    'hold 7 true',
    'hold 7 false',
  ]);
});

test('writes the sheet of the owner into a file that only its owner reads, and never over another', async () => {
  const path = join(directory, 'sheet.html');
  const given = { fake: new FakeHome(), stdin: 'correct horse\n' };
  const first = await sentrix(['key', 'export', '--password-stdin', '-o', path], given);
  assert.equal(first.code, 0, first.err);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.match(await readFile(path, 'utf8'), /AGE-SECRET-KEY-1TEST/);
  assert.doesNotMatch(first.out + first.err, /AGE-SECRET/);
  assert.equal((await sentrix(['key', 'export', '--password-stdin', '-o', path], given)).code, 1);
});

test('takes the credentials of the bucket from stdin and from nowhere else', async () => {
  const fake = new FakeHome();
  const given = { fake, stdin: 'a/secret\n' };
  assert.equal((await sentrix(['mirror', 'login', 'AKIA', '--password-stdin'], given)).code, 0);
  assert.deepEqual(fake.done, ['login AKIA a/secret']);
  assert.equal((await sentrix(['mirror', 'login', 'AKIA', 'a/secret'], { fake })).code, 2);
});

test('lists deletions that wait, stops them and agrees to them', async () => {
  const fake = new FakeHome();
  assert.match((await sentrix('deletion list', { fake })).out, /3 +day 2026-11-24 +ann +1970-01-02T00:00:00.000Z +yes/);
  assert.equal((await sentrix('deletion cancel 3', { fake })).code, 0);
  assert.equal((await sentrix('deletion confirm 4', { fake })).code, 0);
  assert.equal((await sentrix('deletion confirm x', { fake })).code, 2);
  assert.deepEqual(fake.done, ['cancel 3', 'confirm 4']);
});

test('says what is wrong with recordings and log, and ends with 1', async () => {
  const fake = new FakeHome();
  const bad = await sentrix('recording verify', { fake });
  assert.equal(bad.code, 1);
  assert.match(bad.out, /7 door\/a\.mp4: the file is gone/);
  assert.equal((await sentrix('audit verify', { fake })).code, 0);
  const note = join(directory, 'note');
  await writeFile(note, 'x');
  const older = await sentrix(['audit', 'verify', '--checkpoint', note], { fake });
  assert.equal(older.code, 1);
  assert.match(older.out, /^older: 9$/m);
  assert.match((await sentrix('audit verify', { fake })).out, /witness file \/mnt\/w: it is away\n/);
  const path = join(directory, 'log.jsonl');
  assert.equal((await sentrix(['audit', 'export', '-o', path], { fake })).code, 0);
  assert.equal((await readFile(path, 'utf8')).trim(), '{"sequence":0,"at":0,"kind":"a.b","who":null,"from":null}');
  assert.match((await sentrix('audit show', { fake })).out, /a\.b/);
});
