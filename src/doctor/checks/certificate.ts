/** TLS: on, not run out, and for the names by which people come. */
import { isLoopback } from '../../config/cross-checks.ts';
import type { Check, Finding } from '../check.ts';
import { dayMs, fail, pass, warn } from '../check.ts';

const soonMs = 21 * dayMs;

export const certificate: Check = {
  id: 'certificate',
  title: 'TLS and certificate',
  run: ({ config, facts, machine }) => {
    const { security, network } = config;
    if (!security.use_tls) {
      const mend = 'set security.use_tls: true (the default)';
      if (isLoopback(network.bind) || network.trusted_proxies.length > 0)
        return [warn('it speaks plain HTTP; whoever does TLS in front of it must be on this machine', mend)];
      return [fail('passwords and pictures cross the network in the clear', mend)];
    }
    if (facts === undefined) return [];
    const { source, names, validFrom, validTo } = facts.certificate;
    const now = machine.now();
    const own = source === 'own';
    const renew = own
      ? 'renew it, put the files where security.tls_cert and security.tls_key say, then send SIGHUP'
      : 'sentrix cert generate';
    const found: Finding[] = [];
    const day = new Date(validTo).toISOString().slice(0, 10);
    if (validTo <= now) found.push(fail(`the certificate ran out on ${day}`, renew));
    else if (validFrom > now) found.push(fail('the certificate is not valid yet', "check this machine's clock"));
    else if (validTo - now < soonMs) found.push(warn(`the certificate runs out on ${day}`, renew));
    const missing = network.hosts.filter((host) => !names.some((name) => covers(name, host)));
    if (missing.length > 0)
      found.push(warn(`the certificate is not for ${missing.join(', ')}, which stands in network.hosts`, renew));
    return found.length > 0 ? found : [pass(`${own ? 'your own' : 'from the local authority'}, valid to ${day}`)];
  },
};

/** RFC 6125 §6.4.3: a star stands for one label. */
function covers(name: string, host: string): boolean {
  const wanted = host.toLowerCase();
  const offered = name.toLowerCase();
  return offered === wanted || (offered.startsWith('*.') && wanted.split('.').slice(1).join('.') === offered.slice(2));
}
