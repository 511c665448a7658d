/** Which other sites may act in a signed-in browser, and whose forwarded headers are believed. */
import type { Check, Finding } from '../check.ts';
import { fail, pass, warn } from '../check.ts';

export const origins: Check = {
  id: 'origins',
  title: 'Other sites and proxies',
  run: ({ config: { network } }) => {
    const found: Finding[] = [];
    if (network.trusted_origins.length > 0)
      found.push(
        warn(
          `pages of ${network.trusted_origins.join(', ')} may act with the session of whoever visits them`,
          'remove from network.trusted_origins what you do not run yourself',
        ),
      );
    const wide = network.trusted_proxies.filter((proxy) => Number(proxy.split('/')[1] ?? 32) < 24);
    if (wide.length > 0)
      found.push(
        fail(
          `whoever is in ${wide.join(', ')} can pretend to come from any address, and so get round lockouts`,
          'list the proxy itself in network.trusted_proxies, such as 127.0.0.1',
        ),
      );
    return found.length > 0 ? found : [pass('no foreign site may use a session')];
  },
};
