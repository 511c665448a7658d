/**
 * Which Authorization a request to a camera carries, and whether a refused one is worth another try. The rules that keep
 * a password in: Basic never once Digest was offered, now or on any earlier connection; one answer to a challenge, a
 * second where the camera says that only the nonce was stale, then no more, for many cameras lock an account.
 */
import type { Problem } from '../base/problem.ts';
import type { ClientCredentials, DigestChallenge } from './digest.ts';
import { answerBasic, answerDigest, parseChallenges } from './digest.ts';
import type { RtspResponse } from './message.ts';
import { downgraded, unauthorized } from './problems.ts';

type Scheme =
  | { readonly kind: 'digest'; readonly challenge: DigestChallenge; uses: number }
  | { readonly kind: 'basic' };

export class ClientAuthorization {
  readonly #credentials: ClientCredentials | undefined;
  readonly #onDigestOffered: () => void;
  #digestOffered: boolean;
  #scheme: Scheme | undefined;
  /** The camera has taken our credentials on this connection; so a later 401 is about the nonce. */
  #proved = false;

  constructor(credentials: ClientCredentials | undefined, digestSeen: boolean, onDigestOffered: () => void) {
    this.#credentials = credentials;
    this.#digestOffered = digestSeen;
    this.#onDigestOffered = onDigestOffered;
  }

  get digestUsed(): boolean {
    return this.#proved && this.#scheme?.kind === 'digest';
  }

  /** The field's value, or undefined while the camera has asked for nothing. */
  field(method: string, uri: string): string | undefined {
    if (this.#scheme === undefined || this.#credentials === undefined) return undefined;
    if (this.#scheme.kind === 'basic') return answerBasic(this.#credentials);
    this.#scheme.uses++;
    return answerDigest(this.#scheme.challenge, this.#credentials, method, uri, this.#scheme.uses);
  }

  /** A request that carried the field was not refused. */
  accepted(): void {
    if (this.#scheme !== undefined) this.#proved = true;
  }

  /**
   * Takes a 401. Undefined: send the request again; a Problem: don't.
   * @param answers how many Authorization fields this request has carried so far
   */
  challenged(response: RtspResponse, answers: number): Problem | undefined {
    const { digest, digestOffered, basicOffered } = parseChallenges(response.headers.all('www-authenticate'));
    const offeredBefore = this.#digestOffered;
    if (digestOffered && !offeredBefore) {
      this.#digestOffered = true;
      this.#onDigestOffered();
    }
    if (this.#credentials === undefined) return unauthorized('the camera asks for a password and none is set');
    if (digest !== undefined) {
      const again = digest.stale || this.#proved;
      if (answers > 1 || (answers === 1 && !again)) return unauthorized('the camera refuses the user name or password');
      this.#scheme = { kind: 'digest', challenge: digest, uses: 0 };
      return undefined;
    }
    if (digestOffered) {
      return unauthorized(
        'the camera asks for the password in a way that is not known here',
        'choose Digest with MD5 or SHA-256 in the settings of the camera',
      );
    }
    if (basicOffered && offeredBefore) return downgraded();
    if (!basicOffered) return unauthorized('the camera refuses access without saying how to log in');
    if (answers > 0) return unauthorized('the camera refuses the user name or password');
    this.#scheme = { kind: 'basic' };
    return undefined;
  }
}
