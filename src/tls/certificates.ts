/**
 * The certificate of this installation. Either the owner's own, by path, or one from a local CA made here: `ca.crt` is
 * what people trust once, `server.crt` is re-issued under it whenever the machine's names change or it runs out.
 *
 *     HOME/certs/  0700    server.key 0600    server.crt (leaf and CA) 0644    ca.crt 0644    ca.key.sealed 0600
 *
 * The CA's key is on disk only sealed (by a key of the service key), so a copied folder can't issue certificates.
 */

import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, hostname as systemHostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import { canonicalIPv6, certificateNames, isPrivateAddress } from './addresses.ts';
import type { Issuer } from './issue.ts';
import { issueCa, issueLeaf } from './issue.ts';
import { loadOwnCertificate } from './own-certificate.ts';

/** Seals small secrets; the vault's column seal fits. `context` is bound to the bytes as associated data. */
export interface KeySeal {
  seal(context: string, bytes: Buffer): Buffer;
  open(context: string, bytes: Buffer): Buffer;
}

export interface CertificateFacts {
  readonly source: 'local' | 'own';
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses it is for. */
  readonly names: readonly string[];
  /** UTC ms. */
  readonly validFrom: number;
  readonly validTo: number;
  /** SHA-256 of the certificate, `AB:CD:…`, as browsers show it. */
  readonly fingerprint: string;
  /** SHA-256 of the local CA; undefined for an own certificate. */
  readonly caFingerprint: string | undefined;
}

export interface CertificatesOptions {
  /** `HOME/certs`; made where it is missing. */
  readonly directory: string;
  readonly seal: KeySeal;
  readonly clock: Clock;
  readonly log: Log;
  /** Names and addresses from `network.hosts`. */
  readonly hosts?: readonly string[];
  /** `security.tls_key` and `security.tls_cert`. */
  readonly own?: { readonly keyFile: string; readonly certFile: string };
  /** This machine's name and addresses. Default: the system's. */
  readonly hostname?: string;
  readonly addresses?: () => readonly string[];
}

interface Current {
  readonly key: Secret;
  readonly cert: string;
  readonly leaf: X509Certificate;
  readonly ca: X509Certificate | undefined;
}

const renewBeforeMs = 30 * 86_400_000;
const caKeyContext = 'tls/ca-key';

/** Opens or makes the certificate. Throws a Problem that says what is wrong with an own one. */
export async function openCertificates(options: CertificatesOptions): Promise<Certificates> {
  const certificates = new Certificates(options);
  await certificates.refresh();
  return certificates;
}

export class Certificates {
  readonly #options: CertificatesOptions;
  #current: Current | undefined;

  constructor(options: CertificatesOptions) {
    this.#options = options;
  }

  /** Key (PEM) and certificate chain (PEM, leaf first) to serve with now. */
  get material(): { readonly key: Secret; readonly cert: string } {
    return this.#loaded();
  }

  /** The local CA as PEM, for `/setup/ca`; undefined for an own certificate. */
  get ca(): string | undefined {
    return this.#loaded().ca?.toString();
  }

  show(): CertificateFacts {
    const { leaf, ca } = this.#loaded();
    return {
      source: this.#options.own === undefined ? 'local' : 'own',
      subject: leaf.subject,
      issuer: leaf.issuer,
      names: namesOf(leaf),
      validFrom: Date.parse(leaf.validFrom),
      validTo: Date.parse(leaf.validTo),
      fingerprint: leaf.fingerprint256,
      caFingerprint: ca?.fingerprint256,
    };
  }

  /**
   * Reads an own certificate again, or re-issues the local one where that is due (names changed, fewer than 30 days
   * left, a file damaged). To be called at start, on SIGHUP and once a day.
   * @returns true where the certificate is another one than before, so that servers must reload it.
   */
  async refresh(): Promise<boolean> {
    const before = this.#current?.leaf.fingerprint256;
    this.#current = this.#options.own === undefined ? await this.#local('reuse') : await this.#own(this.#options.own);
    return this.#current.leaf.fingerprint256 !== before;
  }

  /** `cert generate`: a new leaf under the same CA, whatever is left of the old one. */
  async reissue(): Promise<void> {
    if (this.#options.own !== undefined)
      throw new Problem('tls/own-certificate', 'the configuration names an own certificate, so none is generated', {
        status: 409,
        hint: 'empty security.tls_key and security.tls_cert first',
      });
    this.#current = await this.#local('renew');
  }

  #loaded(): Current {
    if (this.#current === undefined) throw new Error('certificates are not loaded');
    return this.#current;
  }

  async #own(own: { readonly keyFile: string; readonly certFile: string }): Promise<Current> {
    const loaded = await loadOwnCertificate({ ...own, now: this.#options.clock.now() });
    const leftMs = Date.parse(loaded.leaf.validTo) - this.#options.clock.now();
    if (leftMs < renewBeforeMs)
      this.#options.log.warn({ days: Math.floor(leftMs / 86_400_000) }, 'own certificate runs out soon');
    return { ...loaded, ca: undefined };
  }

  async #local(how: 'reuse' | 'renew'): Promise<Current> {
    const { directory, clock, log, hosts = [] } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    const addresses = (this.#options.addresses ?? hostAddresses)();
    const names = certificateNames({ hostname: this.#options.hostname ?? systemHostname(), addresses, hosts });
    if (how === 'reuse') {
      const found = await this.#tryStored(names);
      if (found !== undefined) return found;
    }
    const now = clock.now();
    const issuer = (await this.#tryIssuer(names)) ?? (await this.#newIssuer(names));
    const issued = issueLeaf({ issuer, names, now });
    const keyText = issued.key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const cert = issued.certificate.toString() + issuer.certificate.toString();
    // A crash between the two leaves a pair that doesn't match, which the next start replaces.
    await this.#write('server.key', keyText, 0o600);
    await this.#write('server.crt', cert, 0o644);
    log.info({ names, fingerprint: issued.certificate.fingerprint256 }, 'certificate issued');
    return { key: new Secret(keyText), cert, leaf: issued.certificate, ca: issuer.certificate };
  }

  async #tryStored(names: readonly string[]): Promise<Current | undefined> {
    const { directory, clock, log } = this.#options;
    try {
      const [keyText, cert, caText] = await Promise.all([
        readFile(join(directory, 'server.key'), 'utf8'),
        readFile(join(directory, 'server.crt'), 'utf8'),
        readFile(join(directory, 'ca.crt'), 'utf8'),
      ]);
      const leaf = new X509Certificate(cert);
      const ca = new X509Certificate(caText);
      const whole = leaf.checkPrivateKey(createPrivateKey(keyText)) && leaf.verify(ca.publicKey);
      const fresh = Date.parse(leaf.validTo) - clock.now() > renewBeforeMs && Date.parse(leaf.validFrom) <= clock.now();
      if (!whole || !fresh || namesOf(leaf).join() !== names.join()) return undefined;
      await chmod(join(directory, 'server.key'), 0o600);
      return { key: new Secret(keyText), cert, leaf, ca };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        log.warn(describeError(error), 'stored certificate was unusable');
      return undefined;
    }
  }

  /** The stored CA, where its key opens and its constraints allow all `names`. */
  async #tryIssuer(names: readonly string[]): Promise<Issuer | undefined> {
    const { directory, seal, clock, log } = this.#options;
    try {
      const certificate = new X509Certificate(await readFile(join(directory, 'ca.crt'), 'utf8'));
      const opened = seal.open(caKeyContext, await readFile(join(directory, 'ca.key.sealed')));
      const { pkcs8, permitted } = JSON.parse(opened.toString('utf8')) as { pkcs8: string; permitted: string[] };
      const key: KeyObject = createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });
      const covered = names.every((name) => isPrivateAddress(name) || permitted.includes(name));
      const fresh = Date.parse(certificate.validTo) - clock.now() > renewBeforeMs;
      if (covered && fresh && certificate.checkPrivateKey(key)) return { certificate, key };
      log.warn({ covered, fresh }, 'local certificate authority was replaced');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        log.warn(describeError(error), 'local certificate authority was unusable');
    }
    return undefined;
  }

  async #newIssuer(names: readonly string[]): Promise<Issuer> {
    const permitted = names.filter((name) => !isPrivateAddress(name));
    const issuer = issueCa({ names: permitted, now: this.#options.clock.now() });
    const pkcs8 = issuer.key.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    const sealed = this.#options.seal.seal(caKeyContext, Buffer.from(JSON.stringify({ pkcs8, permitted })));
    await this.#write('ca.key.sealed', sealed, 0o600);
    await this.#write('ca.crt', issuer.certificate.toString(), 0o644);
    this.#options.log.info({ fingerprint: issuer.certificate.fingerprint256 }, 'local certificate authority made');
    return issuer;
  }

  async #write(name: string, content: string | Buffer, mode: number): Promise<void> {
    const target = join(this.#options.directory, name);
    const temporary = `${target}.new`;
    await rm(temporary, { force: true });
    await writeFile(temporary, content, { mode, flag: 'wx', flush: true });
    // The umask may have taken bits that the certificate, but not the key, is to have.
    await chmod(temporary, mode);
    await rename(temporary, target);
  }
}

/** All addresses of this machine's interfaces, without zones. */
export function hostAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address, family }) => (family === 'IPv6' ? canonicalIPv6(address.replace(/%.*$/, '')) : address));
}

/** Subject alternative names, in the spelling and order of `certificateNames`. */
function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .map((entry) => entry.replace(/^(?:DNS|IP Address):/, ''))
    .filter((entry) => entry !== '')
    .map((entry) => (entry.includes(':') ? canonicalIPv6(entry) : entry))
    .sort();
}
