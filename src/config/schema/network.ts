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
  allowed_destinations: list(
    "addresses and networks (CIDR) that this system may connect to besides the usual ones: for cameras those that are neither this machine nor link-local, for webhooks the Internet. An address of this machine in a camera's `source` needs no entry; a cloud's metadata service only ever passes by its full address",
    'cidr',
  ),
  trusted_proxies: list('reverse proxies (address or CIDR) whose forwarded headers count', 'cidr'),
  trusted_origins: list('foreign origins (`https://host:port`) that may act with the session cookie', 'origin'),
  allow_insecure: flag('allow `use_tls: false` or `require_auth: false` on more than loopback', false),
});
