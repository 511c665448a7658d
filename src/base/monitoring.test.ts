import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exposition } from './exposition.ts';
import { TurningFile } from './log-file.ts';

test('metrics are written as Prometheus reads them, whatever stands in a label', () => {
  const samples = [{ labels: { camera: 'a"b\\c\nd' }, value: 1.5 }, { value: Number.POSITIVE_INFINITY }];
  const text = exposition([
    { name: 'x_bytes', help: 'Two\nlines', type: 'gauge', samples },
    { name: 'nothing', help: 'none', type: 'counter', samples: [] },
  ]);
  assert.equal(
    text,
    '# HELP x_bytes Two\\nlines\n# TYPE x_bytes gauge\nx_bytes{camera="a\\"b\\\\c\\nd"} 1.5\nx_bytes +Inf\n',
  );
});

test('a log file turns over by its size, keeps so many and loses no line between', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sentrix-log-'));
  try {
    const file = join(folder, 'sentrix.log');
    for (const lines of [3, 4]) {
      // Opened twice: it goes on where it was.
      const log = new TurningFile({ file, maxBytes: 20, keep: 2 });
      for (let line = 0; line < lines; line++) log.write(`line ${line}\n`);
      log.close();
    }
    assert.deepEqual((await readdir(folder)).toSorted(), ['sentrix.log', 'sentrix.log.1', 'sentrix.log.2']);
    const texts = await Promise.all(['.2', '.1', ''].map((ending) => readFile(`${file}${ending}`, 'utf8')));
    assert.equal(texts.join(''), 'line 2\nline 0\nline 1\nline 2\nline 3\n');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
});
