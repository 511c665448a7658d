/**
 * Log-ins whose password was right and whose second factor is still to come: five minutes, known to the browser by a
 * random id alone, gone at a restart. Bounded: where there are too many, the oldest go.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import type { AccountRow } from '../catalog/accounts.ts';

const waitsMs = 300_000;
const mostPending = 1000;

interface Pending {
  readonly accountId: AccountId;
  readonly passwordHash: string | null;
  readonly madeMs: number;
}

export class PendingLogins {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin({ id, passwordHash }: AccountRow): Secret {
    const name = new Secret(randomBytes(32).toString('base64url'));
    this.#pending.set(hashOf(name), { accountId: id, passwordHash, madeMs: this.#clock.monotonicMs() });
    if (this.#pending.size > mostPending) this.#pending.delete(this.#pending.keys().next().value as string);
    return name;
  }

  /** Whose it is; undefined where it is over. */
  find(name: Secret): Pick<Pending, 'accountId' | 'passwordHash'> | undefined {
    const found = this.#pending.get(hashOf(name));
    return found !== undefined && this.#clock.monotonicMs() - found.madeMs < waitsMs ? found : undefined;
  }

  end(name: Secret): void {
    this.#pending.delete(hashOf(name));
  }
}

function hashOf(name: Secret): string {
  return createHash('sha256').update(name.reveal()).digest('hex');
}
