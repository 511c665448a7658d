/** What a process costs, as Linux counts it: processor time and memory from `/proc`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Seconds of processor time, user and system, that the process itself has used (proc(5), `stat` fields 14 and 15). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold anything: fields are counted behind it, from 3 on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory, in MB (10^6 bytes). */
export function residentMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (found === null) throw new Error(`process ${pid} has no memory any more`);
  return (Number(found[1]) * 1024) / 1e6;
}

/** Per cent of one core that the processes use, together, over each of `rounds` windows. */
export async function loadOf(
  groups: readonly (readonly number[])[],
  { rounds, windowMs }: { readonly rounds: number; readonly windowMs: number },
): Promise<readonly (readonly number[])[]> {
  const used = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const loads = groups.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const before = groups.map(used);
    const begunMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, windowMs));
    const seconds = (performance.now() - begunMs) / 1000;
    for (const [i, pids] of groups.entries()) loads[i]!.push(((used(pids) - before[i]!) / seconds) * 100);
  }
  return loads;
}
