/** Does anything but ourselves keep the street out? Only asked where we listen to more than this machine. */
import { isLoopback } from '../../config/cross-checks.ts';
import type { Check } from '../check.ts';
import { pass, warn } from '../check.ts';
import type { Machine } from '../machine.ts';

export const firewall: Check = {
  id: 'firewall',
  title: 'Firewall',
  run: async ({ config, machine }) => {
    if (isLoopback(config.network.bind)) return [pass('not needed while it listens on this machine alone')];
    const seen = await state(machine);
    if (seen === 'on') return [pass('a firewall filters what comes in')];
    const ports = [config.detection.port, config.advanced.mediamtx.rtsps_port].join(',');
    const network = config.network.allowed_networks[0] ?? '192.168.1.0/24';
    const mend = `sudo ufw default deny incoming; sudo ufw allow from ${network} to any port ${ports} proto tcp; sudo ufw enable`;
    if (seen === 'off') return [warn('no firewall filters what comes in', mend)];
    return [warn('this user may not see the firewall', `sudo nft list ruleset; where it is empty: ${mend}`)];
  },
};

async function state(machine: Machine): Promise<'on' | 'off' | 'hidden'> {
  const firewalld = await machine.run('firewall-cmd', ['--state']);
  if (firewalld?.output.trim() === 'running') return 'on';
  // ufw says its state in a file that everybody may read; the program itself wants root.
  if (/^ENABLED=yes$/m.test((await machine.read('/etc/ufw/ufw.conf')) ?? '')) return 'on';
  const rules = await machine.run('nft', ['list', 'ruleset']);
  if (rules?.code === 0) return filters(rules.output) ? 'on' : 'off';
  return 'hidden';
}

/** A chain on the input hook that refuses something; what containers and NAT add has none. */
function filters(ruleset: string): boolean {
  return /hook input[^}]*?(?:policy drop|\bdrop\b|\breject\b)/.test(ruleset);
}
