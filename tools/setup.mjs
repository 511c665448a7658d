/**
 * `npm start`, `npm test` and `npm run bench` come through here: makes a fresh clone runnable and then hands over. Runs
 * on any Node from 18 and needs no package. Where all is in place it looks at a few files and says nothing.
 *
 *     node tools/setup.mjs start|test|bench [arguments…]      node tools/setup.mjs --quiet   (only makes ready to start)
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { installDebianPackages, missingDebianPackages } from './setup-debian.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = join(root, 'node_modules', '.bin', 'node');
const stampFile = join(root, '.setup', 'stamp.json');

/**
 * No package's own install script runs but that of `node`, which puts the binary in its place: the others would compile or
 * download what lies in their packages already.
 */
const fetchArguments = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
const placeNodeArguments = ['rebuild', 'node', '--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error'];

const quiet = process.argv.includes('--quiet');
const [mode = 'start', ...rest] = process.argv.slice(2).filter((word) => word !== '--quiet');

if (!['start', 'test', 'bench'].includes(mode)) {
  console.error('usage: node tools/setup.mjs start|test|bench [arguments…]');
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) < 18) {
  console.error(`set-up: Node ${process.versions.node} is too old; 18 or newer is needed to begin with`);
  process.exit(1);
}

try {
  await Promise.all([npmPackages(), debianPackages(), mode === 'start' ? undefined : modelFiles()]);
  await dashboard();
  await program();
} catch (error) {
  console.error(`set-up: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
if (process.argv.length > 2 && process.argv[2] !== '--quiet') await handOver();

function say(line) {
  if (!quiet) console.log(`set-up: ${line}`);
}

/** npm's packages, Node 24 among them, exactly as the lockfile has them. */
async function npmPackages() {
  if (npmPackagesFit()) return;
  say('fetching npm packages (Node 24 is one of them); this takes about half a minute, once');
  const fetched = async () => (await run('npm', fetchArguments)) === 0 && (await run('npm', placeNodeArguments)) === 0;
  if (await fetched()) return;
  say('that did not work; trying once more');
  if (!(await fetched())) throw new Error('npm failed; its message stands above');
}

/** Whether what is installed is what the lockfile says; a package for another platform may be missing. */
function npmPackagesFit() {
  if (!existsSync(node)) return false;
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
    const wanted = read('package-lock.json');
    const present = read(join('node_modules', '.package-lock.json'));
    return Object.entries(wanted).every(
      ([path, entry]) =>
        path === '' || present[path]?.version === entry.version || (entry.optional && present[path] === undefined),
    );
  } catch {
    return false;
  }
}

async function debianPackages() {
  const missing = await missingDebianPackages(mode);
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    say(`installing from Debian: ${missing.join(' ')}`);
    await installDebianPackages(missing);
    return;
  }
  // Without its sandbox ffmpeg is confined less, and the program says so; without ffmpeg nothing is detected.
  if (mode === 'start' && !missing.includes('ffmpeg')) {
    say(`not installed, and better to have: ${missing.join(' ')} (sudo ${command})`);
    return;
  }
  throw new Error(`some programs are missing and only root can install them:\n  sudo ${command}`);
}

/** Weights of the default model. The fetcher looks itself whether they are there. */
function modelFiles() {
  const fetcher = join(root, 'tools', 'fetch-model.mjs');
  if (!existsSync(fetcher)) return Promise.resolve();
  return run(process.execPath, [fetcher, join(root, '.setup', 'model')]).then((code) => {
    if (code !== 0) throw new Error('the weights of the default model could not be fetched; the message stands above');
  });
}

/** web/dist, when a source of it has changed. */
async function dashboard() {
  if (!existsSync(join(root, 'web', 'index.html'))) return;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  await build('dashboard', {
    sources: ['web', 'src/wire', 'src/http/schemas', 'package-lock.json'],
    result: join(root, 'web', 'dist', 'index.html'),
    command: [vite, 'build', 'web', '--logLevel', 'warn'],
  });
}

/** dist/, when a source of it has changed. */
async function program() {
  if (!existsSync(join(root, 'src', 'main.ts'))) return;
  const result = join(root, 'dist', 'main.js');
  await build('program', {
    sources: ['src', 'tools/build.mjs', 'package-lock.json'],
    result,
    command: [join(root, 'tools', 'build.mjs')],
  });
  // Sources that went and came back are newer without being others.
  utimesSync(result, new Date(), new Date());
}

/** Runs `command`, by Node, unless it has made `result` of these very sources before. */
async function build(what, { sources, result, command }) {
  const hash = hashOf(sources);
  const stamp = readStamp();
  if (stamp[what] === hash && existsSync(result)) return;
  say(`building the ${what}`);
  const { code, output } = await collect(node, command);
  if (code !== 0) throw new Error(`the ${what} does not build:\n${output}`);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, `${JSON.stringify({ ...stamp, [what]: hash })}\n`);
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/** Of all files below, by name and content; what is built or installed there doesn't count. */
function hashOf(paths) {
  const hash = createHash('sha256');
  const walk = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isFile()) {
      hash.update(`${path}\0`).update(readFileSync(full));
      return;
    }
    for (const entry of readdirSync(full, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (['dist', 'node_modules'].includes(entry.name)) continue;
      const inner = join(path, entry.name);
      if (entry.isDirectory()) walk(inner);
      else if (entry.isFile()) hash.update(`${inner}\0`).update(readFileSync(join(root, inner)));
    }
  };
  for (const path of paths) walk(path);
  return hash.digest('hex');
}

/** Becomes the program: its output, signals and exit code are ours. */
async function handOver() {
  const programs = {
    start: ['/bin/sh', [join(root, 'bin', 'sentrix'), 'start', ...rest]],
    test: [node, [join(root, 'tools', 'test.ts'), ...rest]],
    bench: [node, [join(root, 'bench', 'main.ts'), ...rest]],
  };
  const [command, args] = programs[mode];
  const child = spawn(command, args, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl+C to the whole group; passed on as well it would count as the second, impatient one.
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal);
    });
  }
  const fetching = mode === 'start' ? fetchModelBeside() : undefined;
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`set-up: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (exit, signal) => resolve(exit ?? 128 + constants.signals[signal]));
  });
  fetching?.kill();
  process.exit(code);
}

/** The server answers meanwhile, and detects from when the weights are there. */
function fetchModelBeside() {
  const fetcher = join(root, 'tools', 'fetch-model.mjs');
  if (!existsSync(fetcher)) return undefined;
  // Its lines go to stderr: stdout is the program's, and with --json for programs.
  const child = spawn(process.execPath, [fetcher, join(root, '.setup', 'model')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    let open = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = (open + text).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) process.stderr.write(`set-up: model: ${line}\n`);
    });
  }
  child.once('error', (error) => process.stderr.write(`set-up: model: ${error.message}\n`));
  return child;
}

/** @returns the exit code; output goes where ours goes, but stdout to stderr when we are to be quiet. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', quiet ? 2 : 'inherit', 'inherit'] });
    child.once('error', (error) => reject(new Error(`${command}: ${error.message}`)));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function collect(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
