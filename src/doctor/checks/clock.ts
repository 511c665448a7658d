/** Evidence with a wrong time is no evidence; and a clock that jumps makes certificates and one-time codes fail. */
import type { Check } from '../check.ts';
import { fail, pass, warn } from '../check.ts';

/** This program was made after it; a machine without a battery begins in 1970 or where it last was. */
const earliest = Date.UTC(2026, 0, 1);

export const clock: Check = {
  id: 'clock',
  title: 'Clock',
  run: async ({ machine }) => {
    const mend = 'sudo timedatectl set-ntp true (or install chrony)';
    if (machine.now() < earliest) return [fail('the clock is years behind', mend)];
    const systemd = await machine.run('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
    if (systemd?.output.trim() === 'yes') return [pass('in sync')];
    const chrony = await machine.run('chronyc', ['-n', 'tracking']);
    const status = /^Leap status\s*:\s*(.+)$/m.exec(chrony?.output ?? '')?.[1]?.trim();
    if (status === 'Normal') return [pass('in sync, by chrony')];
    if ((await machine.facts('/run/systemd/timesync/synchronized')) !== undefined) return [pass('in sync')];
    if (systemd?.output.trim() === 'no' || status !== undefined) return [warn('the clock is not in sync', mend)];
    return [warn('nothing here says whether the clock is in sync (in a container, look at its host)', mend)];
  },
};
