/**
 * Which addresses may speak to us at all (`network.allowed_networks`, `network.block_external`): one rule for HTTP and
 * RTSP. Pure: addresses in, a verdict out.
 */
import { BlockList, isIP } from 'node:net';
import { Problem } from '../base/problem.ts';

export interface NetworkPolicyOptions {
  /** CIDR or single addresses, v4 and v6. Where there are any, nobody else comes in. */
  readonly allowedNetworks: readonly string[];
  /** Without a list: private, link-local and loopback addresses only. */
  readonly blockExternal: boolean;
}

/** @param address as `plainAddress` writes it. `loopbackPasses` is false where a proxy may hide behind loopback. */
export type NetworkPolicy = (address: string, loopbackPasses?: boolean) => boolean;

const loopback = ['127.0.0.0/8', '::1/128'];
const local = [...loopback, '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'];

export function networkPolicy(options: NetworkPolicyOptions): NetworkPolicy {
  const always = addressList(loopback);
  const limited = options.allowedNetworks.length > 0 || options.blockExternal;
  const allowed = addressList(options.allowedNetworks.length > 0 ? options.allowedNetworks : local);
  return (address, loopbackPasses = true) => {
    if (isIP(address) === 0) return false;
    return !limited || (loopbackPasses && always(address)) || allowed(address);
  };
}

/** Tells whether an address lies in one of `networks`. @throws Problem `http/bad-network` for what is none. */
export function addressList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [text = '', bits, ...more] = network.split('/');
    const address = plainAddress(text);
    const version = isIP(address);
    const longest = version === 4 ? 32 : 128;
    // A v4-mapped network counts its prefix over 128 bits.
    const shift = version === 4 && isIP(text) === 6 ? 96 : 0;
    const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) - shift : -1;
    if (version === 0 || prefix < 0 || prefix > longest || more.length > 0)
      throw new Problem('http/bad-network', 'a network is an address with a prefix length, such as 192.168.0.0/16', {
        status: 422,
        safe: { network },
      });
    list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/** One spelling for one address: v4-mapped IPv6 (RFC 4291 §2.5.5.2) as IPv4, zone dropped. Other text as it is. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%[^%]*$/, '');
  if (isIP(bare) !== 6) return bare;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
