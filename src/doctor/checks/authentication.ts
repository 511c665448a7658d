/** Nothing without an account: as configured, and as the running server really answers, route by route. */
import type { Check, Finding } from '../check.ts';
import { fail, pass, warn } from '../check.ts';

/** What everybody may ask is said by the route table; that nothing else is open is asked of the server itself. */
export const authentication: Check = {
  id: 'authentication',
  title: 'Authentication',
  run: async ({ config, facts, machine }, signal) => {
    if (!config.security.require_auth)
      return [
        fail('security.require_auth is false: whoever reaches it sees everything', 'set security.require_auth: true'),
      ];
    const server = facts?.server;
    if (server === undefined)
      return [warn('it does not run, so its answers could not be tried', 'start it and run `sentrix doctor` again')];
    const found: Finding[] = [];
    let tried = 0;
    for (const { method, url, open } of server.routes) {
      signal.throwIfAborted();
      if (open || method !== 'GET') continue;
      const status = await machine.status(`${server.https}${url.replace(/:\w+/g, '1').replace('*', 'a/b.mp4')}`);
      // 429: somebody has asked too often; that is a closed door as well. Nothing: counted, and said below.
      if (status === undefined) continue;
      tried++;
      if (status !== 401 && status !== 403 && status !== 404 && status !== 429)
        found.push(fail(`GET ${url} answers ${status} without credentials`, 'stop the system and report this fault'));
    }
    if (found.length > 0) return found;
    return tried === 0
      ? [warn('the running server did not answer', 'look at its log, and whether its address is reachable from here')]
      : [pass(`${tried} routes ask for credentials`)];
  },
};
