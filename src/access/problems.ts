/** What access may refuse with, by stable code. Refused log-ins are answers, not Problems, and all look alike. */
import { Problem } from '../base/problem.ts';

export function busy(): Problem {
  return new Problem('access/busy', 'too many log-ins at once', { status: 503, retryAfterSeconds: 2 });
}

export function rateLimited(retryAfterSeconds: number): Problem {
  return new Problem('access/rate-limited', 'too many attempts from this address', { status: 429, retryAfterSeconds });
}

export function weakPassword(detail: string): Problem {
  return new Problem('access/weak-password', detail, {
    status: 422,
    hint: 'take four random words, or let one be generated',
  });
}

export function streamPasswordTooShort(minimum: number): Problem {
  return new Problem(
    'access/stream-password-short',
    `a password that also serves for RTSP needs at least ${minimum} characters`,
    { status: 422, hint: 'let one be generated, or give the account a stream password of its own' },
  );
}

export function badName(): Problem {
  return new Problem(
    'access/bad-name',
    'an account name is 1 to 64 letters, digits and . _ @ + -, beginning with a letter or digit',
    { status: 422 },
  );
}

export function nameTaken(): Problem {
  return new Problem('access/name-taken', 'there is an account of this name, or of one that looks like it', {
    status: 409,
  });
}

export function unknownAccount(): Problem {
  return new Problem('access/unknown-account', 'there is no account of this name', { status: 404 });
}

export function lastAdmin(): Problem {
  return new Problem('access/last-admin', 'this is the last admin who can log in', {
    status: 409,
    hint: 'make another admin first, or use sentrix reset to begin anew',
  });
}

export function setupClosed(): Problem {
  return new Problem('access/setup-closed', 'the set-up code is wrong, used or void', {
    status: 403,
    hint: 'start the server again for a new set-up link, as long as no admin can log in',
  });
}

export function tooManyTokens(most: number): Problem {
  return new Problem('access/too-many-tokens', `an account has at most ${most} tokens`, {
    status: 409,
    hint: 'revoke one that is no longer used',
  });
}

export function linkVoid(): Problem {
  return new Problem('access/link-void', 'this link is wrong, used or expired', {
    status: 403,
    hint: 'ask an admin for a new one',
  });
}

export function secondFactorExists(): Problem {
  return new Problem('access/second-factor-exists', 'the account has a second factor already', {
    status: 409,
    hint: 'remove it first',
  });
}

export function passkeyExists(): Problem {
  return new Problem('access/passkey-exists', 'this passkey is known already', { status: 409 });
}

export function tooManyPasskeys(most: number): Problem {
  return new Problem('access/too-many-passkeys', `an account has at most ${most} passkeys`, {
    status: 409,
    hint: 'remove one that is no longer used',
  });
}

export function passkeyNeedsName(): Problem {
  return new Problem(
    'access/passkey-needs-name',
    'a passkey belongs to a name, and this page was opened by an address',
    {
      status: 422,
      hint: 'open it as https://localhost, or by the name of this machine',
    },
  );
}

export function wrongCode(): Problem {
  return new Problem('access/wrong-code', 'this is not the code that the app shows now', {
    status: 422,
    hint: 'see that the clocks of server and phone are right',
  });
}
