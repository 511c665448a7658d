/** Who can reach the listeners at all. */
import { isIP } from 'node:net';
import { isLoopback } from '../../config/cross-checks.ts';
import { isPrivateAddress } from '../../tls/addresses.ts';
import type { Check } from '../check.ts';
import { fail, pass, warn } from '../check.ts';

export const bind: Check = {
  id: 'bind',
  title: 'Address it listens on',
  run: ({ config: { network } }) => {
    const { bind: address, block_external: blocks, allowed_networks: allowed } = network;
    if (isLoopback(address)) return [pass(`${address}: this machine alone`)];
    const everywhere = address === '0.0.0.0' || address === '::';
    if (!blocks && allowed.length === 0)
      return [
        fail(
          `it listens on ${address} and answers every address in the world`,
          'set network.block_external: true, or list your networks in network.allowed_networks; from afar use a VPN (docs/operations/remote-access.md)',
        ),
      ];
    const open = allowed.filter((network) => /^(?:0\.0\.0\.0|::)\/0$/.test(network));
    if (open.length > 0)
      return [
        fail(
          `network.allowed_networks has ${open.join(', ')}, which is everybody`,
          'list your own networks only, such as 192.168.1.0/24',
        ),
      ];
    if (!everywhere && isIP(address) !== 0 && !isPrivateAddress(address))
      return [
        warn(
          `${address} is a public address; only the firewall and network.allowed_networks keep strangers out`,
          'bind a private address and reach it by a VPN (docs/operations/remote-access.md)',
        ),
      ];
    if (everywhere)
      return [
        warn(
          `it listens on every interface (${address}), those included that are added later`,
          'set network.bind to the one address that your devices use',
        ),
      ];
    return [pass(`${address}: the local network`)];
  },
};
