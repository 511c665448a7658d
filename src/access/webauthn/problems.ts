import { Problem } from '../../base/problem.ts';

/** `why` is for the log; whoever sends it learns nothing more than that. */
export function notWebAuthn(why: string): Problem {
  return new Problem('access/not-webauthn', 'this is no answer of an authenticator to what was asked', {
    status: 422,
    safe: { why },
  });
}
