/**
 * Stream passwords: RTSP Digest (RFC 7616 §3.4.2) needs H(user:realm:password) for each algorithm, so these are kept,
 * sealed, for a fixed realm. The password itself is kept nowhere.
 */
import { createHash } from 'node:crypto';
import type { AccountId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import type { StreamPasswordRow } from '../catalog/accounts.ts';

/** Changing it voids every stream password. */
export const streamRealm = 'SentriX';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** Seals a value to its place in the table, so that rows can't be swapped. */
export interface ColumnSeal {
  seal(context: string, bytes: Buffer): Buffer;
  open(context: string, bytes: Buffer): Buffer;
}

/** H(A1) in lower-case hex. */
export function ha1(algorithm: DigestAlgorithm, username: string, password: Secret): Secret {
  return new Secret(
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(`${username}:${streamRealm}:`)
      .update(password.reveal().normalize('NFC'))
      .digest('hex'),
  );
}

export function sealHa1(
  seal: ColumnSeal,
  account: AccountId,
  username: string,
  password: Secret,
): { readonly sealedHa1Md5: Buffer; readonly sealedHa1Sha256: Buffer } {
  const sealed = (algorithm: DigestAlgorithm) =>
    seal.seal(context(account, algorithm), Buffer.from(ha1(algorithm, username, password).reveal(), 'latin1'));
  return { sealedHa1Md5: sealed('MD5'), sealedHa1Sha256: sealed('SHA-256') };
}

export function openHa1(
  seal: ColumnSeal,
  account: AccountId,
  row: StreamPasswordRow,
  algorithm: DigestAlgorithm,
): Secret {
  const sealed = algorithm === 'MD5' ? row.sealedHa1Md5 : row.sealedHa1Sha256;
  return new Secret(seal.open(context(account, algorithm), Buffer.from(sealed)).toString('latin1'));
}

function context(account: AccountId, algorithm: DigestAlgorithm): string {
  return `stream_password/${account}/ha1_${algorithm === 'MD5' ? 'md5' : 'sha256'}`;
}
