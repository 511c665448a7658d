/** The text files of `age-keygen`: identities one a line, comments with `#`. */
import { Secret } from '../../base/secret.ts';
import { AgeError } from './problems.ts';
import { X25519Identity } from './x25519.ts';

export function formatIdentityFile(identity: X25519Identity, createdAt: number): Secret {
  const created = new Date(createdAt).toISOString().replace(/\.\d+Z$/, 'Z');
  return new Secret(
    `# created: ${created}\n# public key: ${identity.recipient().toString()}\n${identity.toSecret().reveal()}\n`,
  );
}

/** At least one identity, or `bad key`. */
export function parseIdentityFile(text: Secret): X25519Identity[] {
  const identities = text
    .reveal()
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => X25519Identity.parse(new Secret(line)));
  if (identities.length === 0) throw new AgeError('bad key', 'there is no identity in this file');
  return identities;
}
