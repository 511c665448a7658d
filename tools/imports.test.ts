import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFaults } from './imports.ts';

function faults(files: Readonly<Record<string, string>>): string {
  return findFaults(Object.entries(files).map(([path, text]) => ({ path, text }))).join('\n');
}

test('lets a folder import what its row allows', () => {
  const good = {
    'src/base/problem.ts': '',
    'src/media/sample.ts': '',
    'src/rtp/h264.ts':
      "import type { Sample } from '../media/sample.ts';\nimport { Problem } from '../base/problem.ts';",
    'src/cli/cli.ts': "await import('../app.ts');",
    'src/app.ts': '',
    'src/main.ts': "import { main } from './cli/cli.ts';",
  };
  assert.equal(faults(good), '');
});

test('finds an edge that points downwards, as value, type, await import and URL', () => {
  for (const line of [
    "import { openVault } from '../vault/vault.ts';",
    "import type { Vault } from '../vault/vault.ts';",
    "export { openVault } from '../vault/vault.ts';",
    "await import('../vault/vault.ts');",
    "new URL('../vault/vault.ts', import.meta.url);",
    "import '../vault/vault.ts';",
  ])
    assert.match(faults({ 'src/media/x.ts': line, 'src/vault/vault.ts': '' }), /media may not import vault/, line);
});

test("finds another folder's private room, and leaves a folder its own", () => {
  assert.match(faults({ 'src/cli/x.ts': "import { h } from '../vault/age/header.ts';" }), /private room of vault/);
  assert.equal(faults({ 'src/vault/x.ts': "import { h } from './age/header.ts';", 'src/vault/age/header.ts': '' }), '');
});

test('finds a static import of app.ts, and anybody else who imports it', () => {
  assert.match(faults({ 'src/cli/x.ts': "import { runSystem } from '../app.ts';" }), /await import only/);
  assert.match(faults({ 'src/http/x.ts': "await import('../app.ts');" }), /http may not import app.ts/);
});

test('finds a cycle between files of one folder', () => {
  assert.match(
    faults({ 'src/media/a.ts': "import './b.ts';", 'src/media/b.ts': "import { a } from './a.ts';" }),
    /cycle/,
  );
});

test('finds a way from the model process to keys', () => {
  assert.match(
    faults({
      'src/detection/model-process.ts': "import { x } from './x.ts';",
      'src/detection/x.ts': "import { Vault } from '../vault/vault.ts';",
      'src/vault/vault.ts': '',
    }),
    /model-process\.ts reaches src\/vault\/vault\.ts/,
  );
});

test('finds a folder that the table does not know, shipped code that imports a tool, and a test that looks inside', () => {
  assert.match(faults({ 'src/utils/x.ts': "import { a } from '../media/a.ts';" }), /not in the table/);
  assert.match(faults({ 'src/media/x.ts': "import { a } from '../../tools/a.ts';" }), /not shipped/);
  assert.match(faults({ 'test/x.test.ts': "import { a } from '../src/vault/vault.ts';" }), /test may not import vault/);
});

test('does not take a comment for an import', () => {
  assert.equal(
    faults({ 'src/media/x.ts': "// import { a } from '../vault/vault.ts';\n/* from '../vault/vault.ts' */" }),
    '',
  );
});
