/** Processes that a test run left behind, found by a mark in the environment that all its descendants inherit. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** What just ends may take this long. */
const graceMs = 2000;

/**
 * Waits a moment for those that are about to end and kills the rest.
 * @returns a line for each that had to be killed. Empty where there is no /proc.
 */
export async function endLeftovers(marker: string, grace = graceMs): Promise<string[]> {
  const deadline = performance.now() + grace;
  let found = marked(marker);
  while (found.length > 0 && performance.now() < deadline) {
    await pause(50);
    found = marked(marker);
  }
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ended by itself just now
    }
  }
  return found.map(({ pid, command }) => `${pid} ${command}`);
}

function marked(marker: string): { readonly pid: number; readonly command: string }[] {
  const found: { pid: number; command: string }[] = [];
  for (const name of tryRead(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = tryRead(() => readFileSync(`/proc/${name}/environ`, 'latin1'));
    if (environment === undefined || !environment.split('\0').includes(`SENTRIX_TEST_RUN=${marker}`)) continue;
    const command = tryRead(() => readFileSync(`/proc/${name}/cmdline`, 'utf8')) ?? '';
    found.push({ pid: Number(name), command: command.replaceAll('\0', ' ').trim().slice(0, 200) });
  }
  return found;
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
