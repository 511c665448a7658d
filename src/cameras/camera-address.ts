/**
 * Where cameras may be: on the networks of the house and on the Internet. This machine, link-local addresses and
 * metadata services are no cameras, except where the admin says so: by `network.allowed_destinations`, or, for
 * this machine, by writing the very address into the camera's source. A name that merely leads there is refused, and
 * so is an address that a camera or a discovery answer names.
 */
import type { Dial } from '../base/address-guard.ts';
import { AddressGuard } from '../base/address-guard.ts';
import { addressKind } from '../base/address-kind.ts';

export function cameraGuard(allowedDestinations: readonly string[]): AddressGuard {
  return new AddressGuard({ kinds: ['private', 'public'], allowed: allowedDestinations });
}

/** @param host as `dial` takes it: a host that an admin wrote into the configuration */
export function configuredGuard(guard: AddressGuard, host: string): AddressGuard {
  const isThisMachine = host === 'localhost' || addressKind(host) === 'loopback';
  return isThisMachine ? guard.with('loopback') : guard;
}

/** @param url a source of the configuration @throws Problem `network/address-refused` */
export function dialSource(guard: AddressGuard, url: URL): Dial {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return configuredGuard(guard, host).dial(host);
}
