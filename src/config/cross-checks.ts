/** What keys may not say together. */
import { BlockList, isIP } from 'node:net';
import type { FileConfig } from './schema.ts';

interface CrossFault {
  readonly key: string;
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

export function isLoopback(address: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

export function crossFaults(config: FileConfig): CrossFault[] {
  return [...certificate(config), ...insecurity(config), ...ports(config), ...areas(config), ...sessions(config)];
}

function* certificate({ security }: FileConfig): Generator<CrossFault> {
  if ((security.tls_key === '') !== (security.tls_cert === ''))
    yield {
      key: security.tls_key === '' ? 'security.tls_cert' : 'security.tls_key',
      found: `a ${security.tls_key === '' ? 'certificate without its key' : 'key without its certificate'}`,
      allowed: 'both security.tls_key and security.tls_cert, or neither',
    };
}

/** Clear text and open doors stay on this machine unless somebody insists. */
function* insecurity({ security, network }: FileConfig): Generator<CrossFault> {
  if (isLoopback(network.bind) || network.allow_insecure) return;
  for (const key of ['use_tls', 'require_auth'] as const)
    if (!security[key])
      yield {
        key: `security.${key}`,
        found: `false, with network.bind ${network.bind}`,
        allowed: 'false only where network.bind is loopback',
        hint: 'leave it true, or set network.allow_insecure: true where the network itself keeps strangers out',
      };
}

function* ports({ advanced: { mediamtx }, detection, network, security }: FileConfig): Generator<CrossFault> {
  const taken = new Map<number, string>();
  const all: readonly (readonly [string, number])[] = [
    ['detection.port', detection.port],
    ['network.api_port', network.api_port],
    ['advanced.mediamtx.rtsp_port', mediamtx.rtsp_port],
    ...(security.use_tls ? [['advanced.mediamtx.rtsps_port', mediamtx.rtsps_port] as const] : []),
  ];
  for (const [key, port] of all) {
    const other = taken.get(port);
    if (port !== 0 && other !== undefined)
      yield { key, found: `${port}, which is ${other} too`, allowed: 'a port of its own' };
    taken.set(port, key);
  }
}

function* areas({ detection: { filters } }: FileConfig): Generator<CrossFault> {
  const { min_area: min, max_area: max } = filters;
  if (min !== null && max !== null && min > max)
    yield { key: 'detection.filters.min_area', found: `${min}`, allowed: `at most max_area, ${max}` };
}

function* sessions({ security }: FileConfig): Generator<CrossFault> {
  if (security.session_timeout > security.session_absolute)
    yield {
      key: 'security.session_timeout',
      found: `${security.session_timeout}`,
      allowed: `at most security.session_absolute, ${security.session_absolute}`,
    };
}
