/** The text files of `age-keygen`: identities one a line, comments with `#`. */
import { Secret } from '../../base/secret.ts';
import type { KeyIdentity } from './keys.ts';
import { parseKeyIdentity } from './keys.ts';
import { AgeError } from './problems.ts';

export function formatIdentityFile(identity: KeyIdentity, createdAt: number): Secret {
  const created = new Date(createdAt).toISOString().replace(/\.\d+Z$/, 'Z');
  return new Secret(
    `# created: ${created}\n# public key: ${identity.recipient().toString()}\n${identity.toSecret().reveal()}\n`,
  );
}

/** At least one identity, or `bad key`. */
export function parseIdentityFile(text: Secret): KeyIdentity[] {
  const identities = text
    .reveal()
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => parseKeyIdentity(new Secret(line)));
  if (identities.length === 0) throw new AgeError('bad key', 'there is no identity in this file');
  return identities;
}
