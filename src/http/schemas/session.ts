/** Who comes in: log-in, session, first set-up. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { PasskeyAssertion } from './passkeys.ts';

export const UserType = Type.Union([Type.Literal('publisher'), Type.Literal('viewer'), Type.Literal('admin')]);

export const LoginRequest = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 256 }),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
  },
  { additionalProperties: false },
);

/**
 * Log-in, besides: a code with the password, or alone where `access/second-factor` was the answer to the password; a passkey
 * instead of a code, or by itself.
 */
export const LoginSteps = Type.Union([
  Type.Object(
    { ...LoginRequest.properties, otp: Type.Optional(Type.String({ minLength: 6, maxLength: 64 })) },
    { additionalProperties: false },
  ),
  Type.Object({ otp: Type.String({ minLength: 6, maxLength: 64 }) }, { additionalProperties: false }),
  Type.Object({ passkey: PasskeyAssertion }, { additionalProperties: false }),
]);

export const LoginAnswer = Type.Object({
  authenticated: Type.Literal(true),
  user_type: UserType,
  username: Type.String(),
});
export type LoginAnswer = Static<typeof LoginAnswer>;

export const VaultState = Type.Object({
  kind: Type.Union([Type.Literal('absent'), Type.Literal('locked'), Type.Literal('open')]),
  mode: Type.Union([Type.String(), Type.Null()], {
    description: 'how the owner key is kept: passphrase, keyfile, …; null while there is none',
  }),
  recipient: Type.Optional(Type.String({ description: 'age recipient of the owner' })),
});
export type VaultState = Static<typeof VaultState>;

export const Session = Type.Object({
  username: Type.String(),
  user_type: UserType,
  cameras: Type.Union([Type.Literal('all'), Type.Array(Type.String())]),
  vault: VaultState,
  needs_key: Type.Boolean({ description: 'nothing is recorded before the admin has chosen an owner key' }),
});
export type Session = Static<typeof Session>;

export const SetupRequest = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 256 }),
    username: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
  },
  { additionalProperties: false },
);

export const SetupKeyRequest = Type.Union([
  Type.Object(
    { mode: Type.Literal('passphrase'), passphrase: Type.String({ minLength: 12, maxLength: 1024 }) },
    { additionalProperties: false },
  ),
  Type.Object({ mode: Type.Literal('keyfile') }, { additionalProperties: false }),
]);

export const SetupKeyAnswer = Type.Object({
  recipient: Type.String(),
  identity: Type.String({ description: 'the key sheet; told this once' }),
});
export type SetupKeyAnswer = Static<typeof SetupKeyAnswer>;

export const UnlockRequest = Type.Object(
  { passphrase: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'left out for a keyfile' })) },
  { additionalProperties: false },
);
