/** Documents that can't go stale: generated pages are what they are made from, links lead somewhere, packages are explained. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { apiPage } from './api-page.ts';
import { documentedProblems, problemsPage } from './problem-pages.ts';

const root = join(import.meta.dirname, '..');
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');

test('docs/problems.md is what the sources say (else: node tools/reference.ts)', () => {
  assert.equal(read('docs', 'problems.md'), problemsPage(root));
  const codes = new Set(documentedProblems(root).map(({ code }) => code));
  assert.ok(codes.size > 80, String(codes.size));
  for (const code of ['vault/locked', 'access/rate-limited', 'backup/damaged', 'config/not-writable', 'tls/expired'])
    assert.ok(codes.has(code), code);
});

test('docs/api.md is the table of routes (else: node tools/reference.ts)', async () => {
  const page = await apiPage();
  assert.equal(read('docs', 'api.md'), page);
  for (const url of ['GET /api/recordings', 'POST /auth/login', 'GET /metrics', 'GET /api/doctor'])
    assert.ok(page.includes(`\`${url}\``), url);
});

test('every link in the documents leads to a file, and to a heading of it', () => {
  const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })];
  const broken: string[] = [];
  for (const page of pages) {
    const text = read(page).replace(/```[\s\S]*?```/g, '');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(?:https?|mailto):/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined && anchor !== '' && file.endsWith('.md') && !headings(read(file)).has(anchor))
        broken.push(`${page}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(pages.length > 15);
});

test('every command of ours that the documents show is one that there is', () => {
  const known = new Set(
    [...read('src', 'cli', 'commands.ts').matchAll(/^ {4}name: '([a-z ]+)'/gm)].map((match) => match[1]!),
  );
  const pages = ['README.md', ...globSync('docs/operations/*.md', { cwd: root })];
  const unknown: string[] = [];
  for (const page of pages)
    for (const [, words = ''] of read(page).matchAll(/(?:^|[`\s/])sentrix ((?:[a-z]+ ?){1,3})/gm)) {
      const parts = words.trim().split(' ');
      const fits = parts.some((_, index) => known.has(parts.slice(0, index + 1).join(' ')));
      // Prose: "SentriX" is written with capitals, the program in code.
      if (!fits && parts[0] !== '' && [...known].some((name) => name.split(' ')[0] === parts[0]))
        unknown.push(`${page}: sentrix ${words}`);
    }
  assert.deepEqual(unknown, []);
});

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
  readonly licenses?: readonly { readonly type: string }[];
}

test('every direct dependency is explained in docs/dependencies.md, in the version that is used', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const page = read('docs', 'dependencies.md');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const wrong: string[] = [];
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+/, `${name} is not pinned`);
    // Types are those of the package that they describe.
    if (name.startsWith('@types/')) continue;
    const row = rows.find((line) => line.split('|')[1]!.includes(`\`${name}\``));
    if (row === undefined) wrong.push(`${name} has no row`);
    else if (!row.includes(version)) wrong.push(`${name}: the row does not name ${version}`);
  }
  assert.deepEqual(wrong, []);
});

/** What may be shipped with a program under Apache-2.0 without asking anybody. */
const permitted = new Set([
  ...[
    'MIT',
    'ISC',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    '0BSD',
    'CC0-1.0',
    'Unlicense',
    'BlueOak-1.0.0',
    'Python-2.0',
    'OFL-1.1',
  ],
  // Only in tests (axe-core, lightningcss) or beside us as a library of its own that may be exchanged (libvips of sharp).
  ...['MPL-2.0', 'LGPL-3.0-or-later'],
]);

test('every installed package has a licence that fits', () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const folder of packageFolders(join(root, 'node_modules'))) {
    const { name, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
    const said =
      typeof license === 'string' ? license : (license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? '');
    seen++;
    const choices = said.replace(/[()]/g, '').split(/ OR /i);
    if (!choices.some((choice) => choice.split(/ AND /i).every((one) => permitted.has(one.trim()))))
      wrong.push(`${name}: ${said || 'none'}`);
  }
  assert.ok(seen > 100, String(seen));
  assert.deepEqual(wrong, []);
});

function packageFolders(modules: string): string[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    const path = join(modules, name);
    const folders = name.startsWith('@') ? readdirSync(path).map((inner) => join(path, inner)) : [path];
    return folders.flatMap((folder) =>
      existsSync(join(folder, 'package.json')) ? [folder, ...packageFolders(join(folder, 'node_modules'))] : [],
    );
  });
}

/** As GitHub and others make anchors of headings. */
function headings(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
      match[1]!
        .toLowerCase()
        .replace(/[`*]/g, '')
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
