/**
 * Which folder may import which: the table of the architecture as data, and the check that holds it. Reads every
 * import of every file (types, `import()` and `new URL(…, import.meta.url)` included) and fails on an edge that isn't
 * listed, on another folder's private room (but for tests, whose doubles lie in `testing`), on a cycle between files, and when it has seen fewer files than git lists.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** `base` is always allowed. An upward row only: nothing here may point downwards, so folders can't form a cycle. */
export const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: [],
  config: [],
  media: ['wire'],
  rtp: ['media'],
  rtsp: ['rtp', 'media'],
  storage: [],
  vault: ['storage'],
  catalog: [],
  credentials: ['vault', 'catalog'],
  audit: ['vault', 'storage'],
  access: ['catalog', 'audit'],
  cameras: ['rtsp', 'rtp', 'media', 'decoder', 'credentials'],
  streams: ['rtsp', 'rtp', 'media', 'wire'],
  decoder: ['media'],
  live: ['streams', 'decoder', 'media', 'wire'],
  detection: ['streams', 'decoder', 'media'],
  events: ['detection', 'decoder', 'media', 'catalog'],
  recording: ['streams', 'decoder', 'media', 'vault', 'storage', 'catalog', 'audit'],
  alerts: ['events', 'catalog', 'credentials'],
  tls: ['vault'],
  demo: ['streams', 'media'],
  control: [],
  backup: ['vault', 'storage', 'catalog', 'audit'],
};

const foundations = Object.keys(allowed);
const rows: Readonly<Record<string, readonly string[]>> = {
  ...allowed,
  doctor: foundations,
  http: foundations,
  cli: [...foundations, 'doctor'],
  'home.ts': foundations,
  'home-keys.ts': [...foundations, 'home.ts'],
  'recording-rules.ts': foundations,
  'home-doctor.ts': [...foundations, 'doctor', 'home.ts'],
  'home-backup.ts': [...foundations, 'home.ts', 'home-doctor.ts'],
  'home-commands.ts': [
    ...foundations,
    'doctor',
    'home.ts',
    'home-backup.ts',
    'home-doctor.ts',
    'home-keys.ts',
    'pulled-sources.ts',
    'recording-rules.ts',
  ],
  'pulled-sources.ts': [...foundations, 'home.ts'],
  'running-cameras.ts': [...foundations, 'home.ts', 'pulled-sources.ts'],
  'running-settings.ts': [...foundations, 'home.ts', 'http'],
  'running-metrics.ts': [...foundations, 'detection', 'home.ts', 'home-doctor.ts', 'running-cameras.ts'],
  'app.ts': [
    ...foundations,
    'doctor',
    'http',
    'home.ts',
    'home-backup.ts',
    'home-keys.ts',
    'home-commands.ts',
    'home-doctor.ts',
    'running-metrics.ts',
    'running-cameras.ts',
    'running-settings.ts',
    'recording-rules.ts',
  ],
  'main.ts': ['cli'],
  web: ['wire', 'http/schemas'],
  bench: [...foundations, 'http'],
  tools: [...foundations, 'http', 'http/testing'],
  test: ['wire'],
};

/** From these files no path may lead to those folders: what a child process must not be able to reach. */
const unreachable: Readonly<Record<string, readonly string[]>> = {
  'src/detection/model-process.ts': ['vault', 'credentials', 'catalog', 'access', 'audit'],
};

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const importPattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\bnew\s+URL\s*\(\s*)(['"])(\.{1,2}\/[^'"]+)\1/g;

function importsOf(file: SourceFile): string[] {
  const withoutComments = file.text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...withoutComments.matchAll(importPattern)].map((match) =>
    normalize(join(dirname(file.path), match[2]!.replace(/\?.*$/, ''))),
  );
}

/** The row of the table that a path belongs to: a folder of `src`, a file at its top, or a folder at the root. */
function rowOf(path: string): string {
  const [root, second] = path.split('/');
  return root === 'src' ? second! : root!;
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path);
}

export function findFaults(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  const known = new Map(files.map((file) => [file.path, importsOf(file)]));
  for (const [path, targets] of known) {
    const from = rowOf(path);
    for (const target of targets) {
      if (!target.startsWith('src/')) {
        if (path.startsWith('src/') && !isTest(path) && /\.tsx?$/.test(target))
          faults.push(`${path}: imports ${target}, which is not shipped`);
        continue;
      }
      const to = rowOf(target);
      if (from === to) continue;
      const row = rows[from];
      if (row === undefined) {
        faults.push(`${path}: the folder ${from} is not in the table of tools/imports.ts`);
        break;
      }
      if (from === 'cli' && target === 'src/app.ts') {
        const text = files.find((file) => file.path === path)!.text;
        if (/from\s*['"][^'"]*app\.ts['"]/.test(text.replace(/import type[^;]*;/g, '')))
          faults.push(`${path}: app.ts is imported by await import only`);
        continue;
      }
      const room = target.split('/').slice(1, -1).join('/');
      if (row.includes(room)) continue;
      const permitted = to === 'base' ? from !== 'wire' : row.includes(to);
      if (!permitted) faults.push(`${path}: ${from} may not import ${to} (${target})`);
      else if (target.split('/').length > 3 && !(isTest(path) && target.split('/')[2] === 'testing'))
        faults.push(`${path}: ${target} is a private room of ${to}`);
    }
  }
  return [...faults, ...cycles(known), ...reached(known)];
}

function cycles(known: ReadonlyMap<string, readonly string[]>): string[] {
  const faults: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const walk = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      faults.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
      return;
    }
    state.set(path, 'open');
    for (const target of known.get(path) ?? []) if (known.has(target)) walk(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of known.keys()) walk(path, []);
  return faults;
}

function reached(known: ReadonlyMap<string, readonly string[]>): string[] {
  const faults: string[] = [];
  for (const [start, forbidden] of Object.entries(unreachable)) {
    const seen = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      if (seen.has(path)) return;
      seen.add(path);
      if (forbidden.includes(rowOf(path))) faults.push(`${start} reaches ${path} by ${trail.join(' -> ')}`);
      for (const target of known.get(path) ?? []) walk(target, [...trail, path]);
    };
    if (known.has(start)) walk(start, []);
  }
  return faults;
}

export function readSources(root: string): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((path) => /^(src|web|bench|tools|test)\/.*\.(ts|tsx)$/.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

if (import.meta.main) {
  const root = relative('.', join(import.meta.dirname, '..')) || '.';
  const files = readSources(root);
  const tracked = execFileSync('git', ['ls-files', '--', 'src/*.ts'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)));
  const faults = findFaults(files);
  const seen = files.filter((file) => file.path.startsWith('src/')).length;
  if (seen < tracked.length) faults.push(`saw ${seen} files of src, git lists ${tracked.length}`);
  for (const fault of faults) console.error(fault);
  console.log(`imports: ${files.length} files, ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
