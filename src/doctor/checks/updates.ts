/**
 * How old this installation is. It never asks the network: a system that calls home tells where it is. So it knows the
 * day of its own files, and until when its Node is mended.
 */
import { join } from 'node:path';
import { installationFolder } from '../../base/installation.ts';
import type { Check, Finding } from '../check.ts';
import { dayMs, days, fail, pass, warn } from '../check.ts';

/** End of life of the Node that `package.json` names (24), by the Node.js release schedule. */
const nodeEndsAt = Date.UTC(2028, 3, 30);
const oldMs = 180 * dayMs;

export const updates: Check = {
  id: 'updates',
  title: 'Updates',
  run: async ({ machine }) => {
    const now = machine.now();
    const found: Finding[] = [];
    const mend = 'read CHANGELOG.md of the newest version, then docs/operations/upgrade.md';
    if (now > nodeEndsAt) found.push(fail(`Node ${process.versions.node} gets no more security fixes`, mend));
    const installed = await machine.facts(join(installationFolder(), 'package.json'));
    if (installed !== undefined && now - installed.modifiedAt > oldMs)
      found.push(warn(`this version was installed ${days(now - installed.modifiedAt)}`, mend));
    // Asking apt itself takes seconds of a processor that records.
    if ((await machine.facts('/etc/apt')) !== undefined) {
      const settings = await machine.read('/etc/apt/apt.conf.d/20auto-upgrades');
      if (!/Unattended-Upgrade\s+"[1-9]/.test(settings ?? ''))
        found.push(
          warn(
            'security updates of Debian (ffmpeg among them) are not installed by themselves',
            'sudo apt install unattended-upgrades && sudo dpkg-reconfigure --frontend=noninteractive unattended-upgrades',
          ),
        );
    }
    if ((await machine.facts('/run/reboot-required')) !== undefined)
      found.push(warn('an update waits for a restart of this machine', 'sudo reboot'));
    return found.length > 0 ? found : [pass('nothing known waits')];
  },
};
