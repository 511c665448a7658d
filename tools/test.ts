/**
 * All that `npm test` proves: types, lint and format, import directions, then every test file, and that no process of
 * ours outlives them. The last line is `N passed, N failed` (and `, N skipped`).
 *
 *     node tools/test.ts [--long] [part of a file name…]      with names: these files alone, without the static checks
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { inspect, parseArgs } from 'node:util';
import { endLeftovers } from './leftovers.ts';

const root = join(import.meta.dirname, '..');
const patterns = ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'tools/**/*.test.ts', 'test/**/*.test.ts'];
const staticChecks: readonly (readonly [string, readonly string[]])[] = [
  ['types', ['node_modules/.bin/tsc', '--noEmit']],
  ['types of the dashboard', ['node_modules/.bin/tsc', '--noEmit', '-p', 'web']],
  ['lint and format', ['node_modules/.bin/biome', 'check', '--error-on-warnings', '.']],
  ['import directions', [process.execPath, 'tools/imports.ts']],
];
/** A file that takes longer hangs. */
const fileLimitMs = 180_000;
const longFileLimitMs = 3_600_000;

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, update: { type: 'boolean', default: false } },
  allowPositionals: true,
});
process.chdir(root);
const marker = `${process.pid}-${Date.now()}`;
process.env['SENTRIX_TEST_RUN'] = marker;
if (values.update) process.env['SENTRIX_TEST_UPDATE'] = '1';

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const skips: string[] = [];
const failedIn = new Map<string, number>();

if (positionals.length === 0) for (const [name, command] of staticChecks) await staticCheck(name, command);
const files = globSync(patterns)
  .filter((file) => values.long || !file.endsWith('.long.test.ts'))
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
  .sort();
if (files.length > 0) await runFiles(files);
for (const left of await endLeftovers(marker)) fail(`a process outlived the tests: ${left}`);

if (skips.length > 0) console.log(`\nSkipped:\n${[...new Set(skips)].map((line) => `  ${line}`).join('\n')}`);
for (const failure of failures) console.log(`\n✖ ${failure}`);
console.log(
  `\n${tally.passed} passed, ${tally.failed} failed${tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`}`,
);
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);

function fail(text: string): void {
  tally.failed++;
  failures.push(text);
}

async function staticCheck(name: string, [command, ...args]: readonly string[]): Promise<void> {
  const began = performance.now();
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', (exit) => resolve(exit ?? 1));
  });
  const isGood = code === 0;
  console.log(`${isGood ? '✔' : '✖'} ${name} (${seconds(performance.now() - began)})`);
  if (isGood) tally.passed++;
  else fail(`${name}\n${output}`);
}

async function runFiles(paths: readonly string[]): Promise<void> {
  const stream = run({
    files: paths.map((file) => join(root, file)),
    concurrency: availableParallelism() + 1,
    timeout: values.long ? longFileLimitMs : fileLimitMs,
  });
  const errorOutput = new Map<string, string>();
  stream.on('test:stderr', ({ file, message }) => {
    errorOutput.set(file, ((errorOutput.get(file) ?? '') + message).slice(-8192));
  });
  stream.on('test:fail', (event) => {
    // A suite fails because a test in it did, and that one is told.
    if (event.details.type === 'suite' && event.details.error.cause instanceof Error === false) return;
    const file = event.file ?? '';
    failedIn.set(file, (failedIn.get(file) ?? 0) + 1);
    // A file that can't even begin says why on stderr alone.
    const said = event.name === file ? `\n${errorOutput.get(file) ?? ''}` : '';
    fail(
      `${placeOf(event)}: ${event.name}\n${inspect(event.details.error.cause ?? event.details.error, { depth: 6 })}${said}`,
    );
  });
  stream.on('test:pass', (event) => {
    if (event.skip === undefined || event.skip === false) return;
    const reason = typeof event.skip === 'string' && event.skip !== '' ? event.skip : 'no reason given';
    skips.push(`${placeOf(event)}: ${event.name} (${reason})`);
  });
  stream.on('test:summary', ({ file, counts, duration_ms, success }) => {
    if (file === undefined) {
      tally.passed += counts.passed;
      tally.skipped += counts.skipped;
      return;
    }
    const parts = [`${counts.passed} passed`];
    if (!success) parts.push(`${failedIn.get(file) ?? 0} failed`);
    if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`);
    console.log(`${success ? '✔' : '✖'} ${relative(root, file)}: ${parts.join(', ')} (${seconds(duration_ms)})`);
  });
  stream.resume();
  await new Promise((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
  });
}

function placeOf(event: { readonly file?: string; readonly line?: number }): string {
  return event.file === undefined
    ? ''
    : `${relative(root, event.file)}${event.line === undefined ? '' : `:${event.line}`}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
