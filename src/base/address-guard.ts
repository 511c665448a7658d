/**
 * The one check of where we connect to: cameras, what a camera's answer names, webhooks. It looks at addresses and never at
 * names, after resolving and before dialling, and hands the dialler exactly the addresses it has looked at: a name that
 * answers otherwise the second time (DNS rebinding) is never asked a second time.
 *
 *     connect({ port, ...guard.dial(host) })          // net, tls, http and https alike
 */
import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { BlockList, isIP } from 'node:net';
import type { AddressKind } from './address-kind.ts';
import { addressKind } from './address-kind.ts';
import { Problem } from './problem.ts';

export interface Dial {
  readonly host: string;
  readonly lookup: LookupFunction;
}

export interface AddressGuardOptions {
  /** What may be dialled without having been named. */
  readonly kinds: readonly AddressKind[];
  /**
   * Addresses and networks (CIDR) that may be dialled besides. A metadata service is only ever meant by its full address:
   * nobody who allows `0.0.0.0/0` wants to give a machine's credentials away.
   */
  readonly allowed: readonly string[];
  /** `node:dns`'s, for tests. */
  readonly resolve?: Resolve;
}

/** All addresses of a name. */
export type Resolve = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

const resolveBySystem: Resolve = (host, done) => systemLookup(host, { all: true, order: 'verbatim' }, done);

export class AddressGuard {
  readonly #options: AddressGuardOptions;
  readonly #kinds: ReadonlySet<AddressKind>;
  readonly #networks = new BlockList();
  readonly #single = new BlockList();

  /** @throws TypeError for what is no network; the configuration's own check comes before */
  constructor(options: AddressGuardOptions) {
    this.#options = options;
    this.#kinds = new Set(options.kinds);
    for (const network of options.allowed) {
      const [address = '', bits] = network.split('/');
      const version = isIP(address);
      if (version === 0) throw new TypeError(`not a network: ${network}`);
      const longest = version === 4 ? 32 : 128;
      const prefix = bits === undefined ? longest : Number(bits);
      const list = prefix === longest ? this.#single : this.#networks;
      list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
    }
  }

  /** The same, and these kinds as well. */
  with(...kinds: readonly AddressKind[]): AddressGuard {
    return new AddressGuard({ ...this.#options, kinds: [...this.#kinds, ...kinds] });
  }

  /** @param address an IP address; anything else is refused */
  permits(address: string): boolean {
    const kind = addressKind(address);
    if (kind === undefined) return false;
    const bare = address.replace(/%.*$/, '');
    const family = isIP(bare) === 4 ? 'ipv4' : 'ipv6';
    if (this.#kinds.has(kind) || this.#single.check(bare, family)) return true;
    return kind !== 'metadata' && this.#networks.check(bare, family);
  }

  /**
   * What `net.connect` and its like are to be given in place of a host.
   * @param host a name or an address, IPv6 without brackets
   * @throws Problem `network/address-refused` for an address. For a name, the connection fails with it
   */
  dial(host: string): Dial {
    if (isIP(host.replace(/%.*$/, '')) !== 0 && !this.permits(host)) throw refused(host);
    return {
      host,
      lookup: (name, { all }, done) => {
        this.#resolve(name, (error, addresses) => {
          const [first] = addresses;
          if (error !== null || first === undefined) done(error ?? refused(name), '', 0);
          else if (all === true) done(null, [...addresses]);
          else done(null, first.address, first.family);
        });
      },
    };
  }

  /**
   * The permitted addresses of a host, for those who can't be given a lookup (another program).
   * @throws Problem `network/address-refused`, `network/name-unknown`
   */
  addresses(host: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (isIP(host) !== 0) {
        if (this.permits(host)) resolve([host]);
        else reject(refused(host));
        return;
      }
      this.#resolve(host, (error, addresses) => {
        if (error === null) resolve(addresses.map(({ address }) => address));
        else if (error instanceof Problem) reject(error);
        else reject(new Problem('network/name-unknown', 'the name is not known', { status: 503, cause: error }));
      });
    });
  }

  #resolve(name: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void): void {
    const resolve = this.#options.resolve ?? resolveBySystem;
    resolve(name, (error, addresses) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      const permitted = addresses.filter(({ address }) => this.permits(address));
      done(permitted.length > 0 ? null : refused(name), permitted);
    });
  }
}

function refused(host: string): Problem {
  return new Problem('network/address-refused', 'this system does not connect to such an address', {
    status: 403,
    hint: 'an admin can allow it in network.allowed_destinations',
    safe: { host: host.slice(0, 253) },
  });
}
