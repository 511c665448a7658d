import Type from 'typebox';
import { flag, port, section } from './vocabulary.ts';

function list(description: string, format: string) {
  return Type.Array(Type.String({ format }), { description, default: [], maxItems: 256 });
}

export const network = section('Where the system listens, and whom it answers.', {
  bind: Type.String({
    description: 'address on which everything listens; `0.0.0.0` or `::` opens it to the network, a deliberate act',
    default: '127.0.0.1',
    format: 'bind-address',
  }),
  api_port: port('port on which apps discover camera paths (`GET /paths`)', 3333),
  allowed_networks: list(
    'networks (CIDR) whose addresses may connect; empty: private ranges while `block_external` is on, else all. Loopback always passes',
    'cidr',
  ),
  block_external: flag('refuse addresses outside private ranges and `allowed_networks`', true),
  hosts: list('names by which this system is reached, besides localhost, its addresses and surveillance.local', 'host'),
  trusted_proxies: list('reverse proxies (address or CIDR) whose forwarded headers count', 'cidr'),
  trusted_origins: list('foreign origins (`https://host:port`) that may act with the session cookie', 'origin'),
  allow_insecure: flag('allow `use_tls: false` or `require_auth: false` on more than loopback', false),
});
