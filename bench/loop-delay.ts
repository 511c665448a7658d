/**
 * Preloaded into the program under test (`node --import`): measures how late its event loop is, and on SIGUSR2 writes
 * what it saw since the signal before to the file that LOOP_DELAY_FILE names. The program itself knows nothing of it.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

const file = process.env['LOOP_DELAY_FILE'];
// What the program starts by itself isn't what is measured, and in its sandbox there is no such file to preload.
delete process.env['LOOP_DELAY_FILE'];
delete process.env['NODE_OPTIONS'];
if (file !== undefined) {
  // The histogram holds the time between two turns of a timer of that many ms; the delay is what is more than that.
  const resolution = 1;
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  process.on('SIGUSR2', () => {
    const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
    const seen = {
      count: histogram.count,
      p50: ms(histogram.percentile(50)),
      p99: ms(histogram.percentile(99)),
      max: ms(histogram.max),
    };
    histogram.reset();
    writeFileSync(file, JSON.stringify(seen));
  });
}
