/**
 * Stream passwords at the gate: the same limit, lockout and log as every other entrance. Whoever speaks RTSP compares
 * the Digest response; here it gets H(A1) to compare with and says, exactly once, how it went. A request without an
 * Authorization header, or with a nonce that is stale, is no attempt and doesn't come here.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import type { AccountQueries, AccountRow } from '../catalog/accounts.ts';
import type { Gate, Refusal, VerifyResult } from './gate.ts';
import { withoutAccount } from './gate.ts';
import type { Lockout } from './lockout.ts';
import type { ColumnSeal, DigestAlgorithm } from './stream-passwords.ts';
import { ha1, openHa1 } from './stream-passwords.ts';

export interface StreamCheck {
  readonly ok: true;
  /** H(A1) in hex to compare with. For an account that there isn't, one that nothing matches. */
  readonly ha1: Secret;
  /** Of the password before a rotation, while it is still good; else one that nothing matches, for equal work. */
  readonly formerHa1: Secret;
  /** Tells whether the response matched, once; answers who that is. A second call is refused. */
  settle(matched: boolean): Promise<VerifyResult>;
}

export type StreamAttempt = StreamCheck | Refusal;

interface StreamAuthenticatorDeps {
  readonly gate: Gate;
  readonly accounts: AccountQueries;
  readonly lockout: Lockout;
  readonly seal: ColumnSeal;
}

export class StreamAuthenticator {
  readonly #deps: StreamAuthenticatorDeps;
  readonly #nobody = randomBytes(32);

  constructor(deps: StreamAuthenticatorDeps) {
    this.#deps = deps;
  }

  async attempt(request: {
    readonly username: string;
    readonly algorithm: DigestAlgorithm;
    readonly address: string;
  }): Promise<StreamAttempt> {
    const { gate, accounts, lockout } = this.#deps;
    const from = { address: request.address, entrance: 'rtsp' } as const;
    const limited = gate.enter(request.address, 'rtsp');
    if (limited !== undefined) return limited;
    const account = await gate.find(request.username);
    const guess = account === undefined || account.disabled ? undefined : await lockout.guess(account.id);
    const known =
      account === undefined || guess === undefined ? undefined : await this.#ha1(account, request.algorithm);
    const former = known === undefined ? undefined : await this.#formerHa1(account!, request.algorithm);
    let settled = false;
    return {
      ok: true,
      ha1: known ?? this.#fakeHa1(request.username, request.algorithm),
      formerHa1: former ?? this.#fakeHa1(`former ${request.username}`, request.algorithm),
      settle: async (matched) => {
        if (settled) return { ok: false, status: 401 };
        settled = true;
        if (!matched || account === undefined || guess === undefined || known === undefined)
          return gate.fail(account, guess, from);
        const now = await accounts.byId(account.id);
        const current = now === undefined ? undefined : await this.#ha1(now, request.algorithm);
        const before = now === undefined ? undefined : await this.#formerHa1(now, request.algorithm);
        const isSame = current?.reveal() === known.reveal() && before?.reveal() === former?.reveal();
        if (now === undefined || !isSame) return gate.fail(account, guess, from);
        const result = await gate.pass(now, guess, from);
        if (result.ok) gate.leave(request.address);
        return withoutAccount(result);
      },
    };
  }

  /** The same for a password that came in plain text, over TLS or loopback. */
  async verify(request: {
    readonly username: string;
    readonly password: Secret;
    readonly address: string;
  }): Promise<VerifyResult> {
    const attempt = await this.attempt({ ...request, algorithm: 'SHA-256' });
    if (!attempt.ok) return attempt;
    const given = ha1('SHA-256', request.username, request.password);
    const matches = [attempt.ha1, attempt.formerHa1].map((one) => timingSafeEqual(digest(given), digest(one)));
    return attempt.settle(matches.includes(true));
  }

  async #ha1(account: AccountRow, algorithm: DigestAlgorithm): Promise<Secret | undefined> {
    const row = await this.#deps.accounts.streamPassword(account.id);
    // With a second factor the account's own password opens nothing by itself; a device's does.
    return row === undefined || (row.shared && account.secondFactor)
      ? undefined
      : openHa1(this.#deps.seal, account.id, row, algorithm);
  }

  async #formerHa1(account: AccountRow, algorithm: DigestAlgorithm): Promise<Secret | undefined> {
    const row = await this.#deps.accounts.formerStreamPassword(account.id);
    return row === undefined ? undefined : openHa1(this.#deps.seal, account.id, row, algorithm);
  }

  /** Keyed by the name, so that asking twice gives no sign that there is nobody. */
  #fakeHa1(username: string, algorithm: DigestAlgorithm): Secret {
    const bytes = createHmac('sha256', this.#nobody).update(username).digest();
    return new Secret(bytes.subarray(0, algorithm === 'MD5' ? 16 : 32).toString('hex'));
  }
}

function digest(secret: Secret): Buffer {
  return createHash('sha256').update(secret.reveal()).digest();
}
