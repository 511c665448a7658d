/**
 * The second factor: codes of an app (RFC 6238), and ten recovery codes for the day on which the phone is lost. A code is
 * good once: its time step is used up in the table before anybody comes in by it. The seed is sealed to its account.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { base32, newSeed, seedUrl, stepOf } from './one-time-codes.ts';
import { generatePassword } from './passwords.ts';
import { secondFactorExists, wrongCode } from './problems.ts';
import type { ColumnSeal } from './stream-passwords.ts';

const recoveryCodes = 10;

export interface ProposedFactor {
  /** For typing. */
  readonly seed: Secret;
  /** For a QR code. */
  readonly url: Secret;
}

interface SecondFactorDeps {
  readonly catalog: Catalog;
  readonly seal: ColumnSeal;
  readonly clock: Clock;
}

export class SecondFactor {
  readonly #deps: SecondFactorDeps;

  constructor(deps: SecondFactorDeps) {
    this.#deps = deps;
  }

  /** A seed that counts once a code of it was shown. @throws Problem access/second-factor-exists */
  async propose(account: AccountId, username: string): Promise<ProposedFactor> {
    const seed = newSeed();
    const sealed = this.#deps.seal.seal(context(account), seed);
    if (!(await this.#deps.catalog.secondFactors.propose(account, sealed))) throw secondFactorExists();
    return { seed: new Secret(base32(seed)), url: seedUrl(seed, username) };
  }

  /** @returns the recovery codes, shown this once. @throws Problem access/wrong-code, access/second-factor-exists */
  async confirm(account: AccountId, code: Secret): Promise<readonly Secret[]> {
    const { catalog, seal, clock } = this.#deps;
    const row = await catalog.secondFactors.find(account);
    if (row?.confirmed === true) throw secondFactorExists();
    const step = row && stepOf(seal.open(context(account), Buffer.from(row.sealedSeed)), code.reveal(), clock.now());
    if (row === undefined || step === undefined) throw wrongCode();
    const codes = Array.from({ length: recoveryCodes }, generatePassword);
    const hashes = codes.map((one) => hashOf(one));
    if (!(await catalog.secondFactors.confirm(account, row.sealedSeed, step, hashes))) throw wrongCode();
    return codes;
  }

  /** Uses up a code of the app or a recovery code; false where it is none, or was used. */
  async use(account: AccountId, code: Secret): Promise<boolean> {
    const { catalog, seal, clock } = this.#deps;
    const text = code.reveal().replaceAll(' ', '');
    // Recovery codes are there with passkeys too.
    if (!/^\d{6}$/.test(text)) return catalog.secondFactors.useCode(account, hashOf(new Secret(text)));
    const row = await catalog.secondFactors.find(account);
    if (row === undefined || !row.confirmed) return false;
    const step = stepOf(seal.open(context(account), Buffer.from(row.sealedSeed)), text, clock.now());
    return step !== undefined && (await catalog.secondFactors.useStep(account, step));
  }
}

function context(account: AccountId): string {
  return `second_factor/${account}/seed`;
}

/** 125 random bits need no slow hash. */
function hashOf(code: Secret): string {
  return createHash('sha256').update(code.reveal().toLowerCase()).digest('hex');
}
