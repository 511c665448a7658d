/** A certificate that the owner brings (`security.tls_key`, `security.tls_cert`), and what can be wrong with it. */

import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';

const maxFileBytes = 1024 * 1024;

export interface OwnCertificate {
  readonly key: Secret;
  /** The leaf first, then its chain, PEM. */
  readonly cert: string;
  readonly leaf: X509Certificate;
}

export async function loadOwnCertificate(options: {
  readonly keyFile: string;
  readonly certFile: string;
  /** UTC ms. */
  readonly now: number;
}): Promise<OwnCertificate> {
  const keyText = await readSmall(options.keyFile, 'tls_key', true);
  const cert = await readSmall(options.certFile, 'tls_cert', false);
  const key = parseKey(keyText);
  const leaf = parseCertificate(cert);
  if (!leaf.checkPrivateKey(key))
    throw new Problem('tls/key-mismatch', 'security.tls_key is not the key of security.tls_cert', {
      hint: 'name the key that the certificate was requested with; the leaf must come first in tls_cert',
    });
  if (Date.parse(leaf.validTo) <= options.now)
    throw new Problem('tls/expired', `security.tls_cert expired on ${isoDay(leaf.validTo)}`, {
      hint: 'renew the certificate, or leave both settings empty for a local one',
    });
  if (Date.parse(leaf.validFrom) > options.now)
    throw new Problem('tls/not-yet-valid', `security.tls_cert is valid from ${isoDay(leaf.validFrom)} on`, {
      hint: "check this machine's clock",
    });
  // `keyUsage` is what Node calls the extended key usage; a certificate without the extension may be used for all.
  const usages: readonly string[] | undefined = leaf.keyUsage;
  if (usages !== undefined && !usages.includes('1.3.6.1.5.5.7.3.1'))
    throw new Problem('tls/not-for-servers', 'security.tls_cert is not for servers (no serverAuth in its key usage)');
  return { key: new Secret(keyText), cert, leaf };
}

async function readSmall(path: string, setting: 'tls_key' | 'tls_cert', secret: boolean): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const facts = await file.stat();
    if (!facts.isFile())
      throw new Problem('tls/unreadable', `security.${setting} is not a regular file`, { safe: { path } });
    if (facts.size > maxFileBytes)
      throw new Problem('tls/unreadable', `security.${setting} is larger than 1 MiB`, { safe: { path } });
    if (secret && (facts.mode & 0o007) !== 0)
      throw new Problem('tls/key-exposed', 'security.tls_key can be read by everybody on this machine', {
        hint: 'chmod 600 the key file (640 for a group of your own is accepted)',
        safe: { path },
      });
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof Problem) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Problem('tls/unreadable', `security.${setting} can't be read (${reason})`, {
      hint: 'check the path and that the user running SentriX may read it',
      safe: { path },
      cause: error,
    });
  }
}

function parseKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    const sealed = text.includes('ENCRYPTED');
    throw new Problem(
      'tls/bad-key',
      sealed ? 'security.tls_key is sealed by a passphrase' : 'security.tls_key holds no PEM private key',
      {
        ...(sealed ? { hint: 'write it without a passphrase: openssl pkey -in KEY -out PLAIN; chmod 600 PLAIN' } : {}),
        cause: error,
      },
    );
  }
}

function parseCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw new Problem('tls/bad-certificate', 'security.tls_cert holds no PEM certificate', { cause: error });
  }
}

function isoDay(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
