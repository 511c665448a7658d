/** What an identity file is, for whoever has to find out whose it is before using it. */

import { Secret } from '../base/secret.ts';
import { isArmored } from './age/armor.ts';
import { parseIdentityFile } from './age/identity-file.ts';
import { ageProblem } from './problems.ts';

/** Does it take a passphrase to read? */
export function isSealedIdentity(file: Uint8Array): boolean {
  return isArmored(file) || Buffer.from(file.subarray(0, 4)).toString('latin1') === 'age-';
}

/** Recipients (`age1…`) of a plain identity file. Throws `vault/bad-identity`. */
export function recipientsOf(file: Uint8Array): readonly string[] {
  try {
    return parseIdentityFile(new Secret(Buffer.from(file).toString('latin1'))).map((one) => one.recipient().toString());
  } catch (error) {
    throw ageProblem(error, 'identity file');
  }
}
