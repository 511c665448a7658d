/**
 * Passkeys (WebAuthn level 3). One is good for the host name on which it was made. It signs a challenge where a code
 * would be asked for; where it also recognises its owner (PIN, finger, face), it opens the account by itself. A private
 * key can't be guessed, so a lockout, which is there against guessing, doesn't keep a passkey out.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { PasskeyRow } from '../catalog/passkeys.ts';
import { Challenges } from './challenges.ts';
import { generatePassword } from './passwords.ts';
import { passkeyExists, passkeyNeedsName, tooManyPasskeys } from './problems.ts';
import { challengeOf, checkAssertion, checkRegistration } from './webauthn/ceremonies.ts';
import { notWebAuthn } from './webauthn/problems.ts';
import { algorithms } from './webauthn/public-key.ts';

const maxPerAccount = 20;
const recoveryCodes = 10;
const timeoutMs = 120_000;

/** The page that asks, as its browser will name it. */
export interface Site {
  /** `https://localhost:8080` */
  readonly origin: string;
  readonly hostName: string;
}

/** `PublicKeyCredentialCreationOptionsJSON` (WebAuthn §5.1.9), bytes as base64url. */
export interface CreationOptions {
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[];
  readonly excludeCredentials: readonly CredentialName[];
  readonly authenticatorSelection: { readonly residentKey: 'preferred'; readonly userVerification: 'preferred' };
  readonly attestation: 'none';
  readonly timeout: number;
}

/** `PublicKeyCredentialRequestOptionsJSON` (§5.5). */
export interface RequestOptions {
  readonly rpId: string;
  readonly challenge: string;
  readonly allowCredentials: readonly CredentialName[];
  readonly userVerification: 'required' | 'preferred';
  readonly timeout: number;
}

export interface CredentialName {
  readonly type: 'public-key';
  readonly id: string;
}

export interface NewPasskey {
  readonly name: string;
  readonly clientData: Uint8Array;
  readonly attestation: Uint8Array;
}

export interface Assertion {
  readonly id: string;
  readonly clientData: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly signature: Uint8Array;
}

export class Passkeys {
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #challenges: Challenges;

  constructor(deps: { readonly catalog: Catalog; readonly clock: Clock }) {
    this.#catalog = deps.catalog;
    this.#clock = deps.clock;
    this.#challenges = new Challenges(deps.clock);
  }

  list(account: AccountId): Promise<PasskeyRow[]> {
    return this.#catalog.passkeys.list(account);
  }

  /** @throws Problem access/passkey-needs-name, access/too-many-passkeys */
  async propose(account: AccountId, username: string, site: Site): Promise<CreationOptions> {
    const rpId = rpIdOf(site);
    const known = await this.#catalog.passkeys.list(account);
    if (known.length >= maxPerAccount) throw tooManyPasskeys(maxPerAccount);
    const userHandle = known[0]?.userHandle ?? randomBytes(32).toString('base64url');
    const wish = { purpose: 'make', accountId: account, userHandle, userVerified: false } as const;
    const { challenge } = this.#challenges.make({ ...wish, origin: site.origin, rpId });
    return {
      rp: { id: rpId, name: 'SentriX' },
      user: { id: userHandle, name: username, displayName: username },
      challenge: base64url(challenge),
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: namesOf(known, rpId),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      attestation: 'none',
      timeout: timeoutMs,
    };
  }

  /**
   * @returns recovery codes, shown this once, where the account had none: its password opens nothing by itself from now
   * on. @throws Problem access/not-webauthn, access/passkey-exists
   */
  async add(account: AccountId, given: NewPasskey): Promise<readonly Secret[]> {
    const asked = this.#challenges.take(challengeOf(given.clientData));
    if (asked?.purpose !== 'make' || asked.accountId !== account || asked.userHandle === undefined)
      throw notWebAuthn('nothing was asked, or too long ago');
    const { id, publicKey, signCount } = checkRegistration(asked, given);
    const left = await this.#catalog.secondFactors.codesLeft(account);
    const codes = left > 0 ? [] : Array.from({ length: recoveryCodes }, generatePassword);
    const row = {
      ...{ id: base64url(id), accountId: account, userHandle: asked.userHandle, rpId: asked.rpId },
      ...{ publicKey: Buffer.from(publicKey), signCount, name: given.name, createdAt: this.#clock.now() },
    };
    const hashes = codes.map((code) => createHash('sha256').update(code.reveal().toLowerCase()).digest('hex'));
    if (!(await this.#catalog.passkeys.add(row, hashes))) throw passkeyExists();
    return codes;
  }

  /** With `account`, one of its passkeys is asked for, besides its password. @throws Problem access/passkey-needs-name */
  async ask(site: Site, account?: AccountId): Promise<RequestOptions> {
    const rpId = rpIdOf(site);
    const isSecond = account !== undefined;
    const wish = { purpose: 'log in', userVerified: !isSecond, origin: site.origin, rpId } as const;
    const { challenge } = this.#challenges.make({ ...wish, ...(isSecond ? { accountId: account } : {}) });
    return {
      rpId,
      challenge: base64url(challenge),
      allowCredentials: isSecond ? namesOf(await this.#catalog.passkeys.list(account), rpId) : [],
      userVerification: isSecond ? 'preferred' : 'required',
      timeout: timeoutMs,
    };
  }

  /** Whose passkey has signed; undefined where it isn't so, whyever. Each challenge is looked at once. */
  async use(given: Assertion): Promise<AccountId | undefined> {
    try {
      const asked = this.#challenges.take(challengeOf(given.clientData));
      const row = await this.#catalog.passkeys.byId(given.id);
      if (asked?.purpose !== 'log in' || row === undefined || row.rpId !== asked.rpId) return undefined;
      if (asked.accountId !== undefined && asked.accountId !== row.accountId) return undefined;
      const signCount = checkAssertion(asked, row.publicKey, given);
      // §6.1.1: a count that doesn't grow means that there are two of this authenticator.
      if ((signCount > 0 || row.signCount > 0) && signCount <= row.signCount) return undefined;
      const isFirst = await this.#catalog.passkeys.setUsed(row.id, row.signCount, signCount, this.#clock.now());
      return isFirst ? row.accountId : undefined;
    } catch (error) {
      if (error instanceof Problem && error.code === 'access/not-webauthn') return undefined;
      throw error;
    }
  }

  /** False where the account has none such. */
  async remove(account: AccountId, id: string): Promise<boolean> {
    if (!(await this.#catalog.passkeys.remove(account, id))) return false;
    const hasOther =
      (await this.#catalog.secondFactors.find(account))?.confirmed === true ||
      (await this.#catalog.passkeys.list(account)).length > 0;
    if (!hasOther) await this.#catalog.secondFactors.removeCodes(account);
    return true;
  }
}

/** §5.1.3: a passkey is for a name; an address is none. */
function rpIdOf({ hostName }: Site): string {
  if (hostName.startsWith('[') || /^[\d.]+$/.test(hostName)) throw passkeyNeedsName();
  return hostName;
}

function namesOf(rows: readonly PasskeyRow[], rpId: string): CredentialName[] {
  return rows.filter((row) => row.rpId === rpId).map(({ id }) => ({ type: 'public-key', id }));
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
