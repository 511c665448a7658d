/** Accounts, and what hangs on them: sessions, tokens, second factor. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CameraParameter, Timestamp } from './common.ts';
import { UserType } from './session.ts';

const Password = Type.String({ minLength: 1, maxLength: 1024 });
const NullableTime = Type.Union([Timestamp, Type.Null()]);
const Cameras = Type.Union([Type.Literal('all'), Type.Array(CameraParameter, { maxItems: 256 })]);
export const OneTimeCode = Type.String({
  minLength: 6,
  maxLength: 64,
  description: 'what the app shows now, or a recovery code',
});

/** For lists of one's own things, which an admin can ask for all accounts. */
export const AllQuery = Type.Object(
  { all: Type.Optional(Type.Literal('1', { description: 'of all accounts; for admins' })) },
  { additionalProperties: false },
);

export const Sessions = Type.Object({
  sessions: Type.Array(
    Type.Object({
      id: Type.String({ description: 'names the session; opens nothing' }),
      username: Type.String(),
      created: Timestamp,
      last_seen: Timestamp,
      expires: Timestamp,
      user_agent: Type.String(),
      address: Type.String(),
      current: Type.Boolean({ description: 'the one that asks' }),
    }),
  ),
});
export type Sessions = Static<typeof Sessions>;

export const SessionParameters = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{1,64}$' }) },
  { additionalProperties: false },
);

const TokenAction = Type.Union(
  (
    [
      ...(['live.view', 'recording.view', 'recording.annotate', 'recording.delete', 'event.view'] as const),
      ...(['status.view', 'audit.view', 'system.view'] as const),
    ] as const
  ).map((action) => Type.Literal(action)),
);

export const Token = Type.Object({
  id: Type.Integer(),
  username: Type.String(),
  name: Type.String(),
  actions: Type.Array(Type.String()),
  cameras: Cameras,
  created: Timestamp,
  expires: Timestamp,
  last_used: NullableTime,
});
export type Token = Static<typeof Token>;
export const Tokens = Type.Object({ tokens: Type.Array(Token) });

export const TokenRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\x00-\\x1f\\x7f]+$' }),
    actions: Type.Array(TokenAction, { minItems: 1, maxItems: 16, uniqueItems: true }),
    cameras: Type.Optional(Cameras),
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650, description: 'until it expires; 90 if left out' })),
  },
  { additionalProperties: false },
);
export const NewToken = Type.Intersect([Token, Type.Object({ token: Type.String({ description: 'told this once' }) })]);
export const TokenParameters = Type.Object(
  { id: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }) },
  { additionalProperties: false },
);

export const PasswordChange = Type.Object(
  { current_password: Password, new_password: Password },
  { additionalProperties: false },
);

export const SecondFactorState = Type.Object({
  enabled: Type.Boolean(),
  recovery_codes_left: Type.Integer(),
});
export const SecondFactorRequest = Type.Object({ current_password: Password }, { additionalProperties: false });
export const SecondFactorProposal = Type.Object({
  secret: Type.String({ description: 'for typing, base32; told this once' }),
  url: Type.String({ description: 'otpauth: for a QR code; told this once' }),
});
export const SecondFactorConfirmation = Type.Object(
  { otp: Type.String({ pattern: '^[0-9]{6}$' }) },
  { additionalProperties: false },
);
export const RecoveryCodes = Type.Object({
  recovery_codes: Type.Array(Type.String(), { description: 'each good once; told this once' }),
});
export const SecondFactorRemoval = Type.Object(
  { current_password: Password, otp: OneTimeCode },
  { additionalProperties: false },
);

export const Account = Type.Object({
  username: Type.String(),
  user_type: UserType,
  cameras: Cameras,
  stream: Type.Boolean({ description: 'has a password for RTSP' }),
  can_log_in: Type.Boolean(),
  second_factor: Type.Boolean(),
  created: Timestamp,
  password_changed: NullableTime,
  last_login: NullableTime,
  locked_until: NullableTime,
});
export type Account = Static<typeof Account>;
export const Accounts = Type.Object({ accounts: Type.Array(Account) });

const AccountName = Type.String({ minLength: 1, maxLength: 64 });
export const AccountParameters = Type.Object({ name: AccountName }, { additionalProperties: false });
export const NewAccountRequest = Type.Object(
  {
    username: AccountName,
    user_type: UserType,
    cameras: Type.Optional(Cameras),
    password: Type.Optional(Password),
    stream: Type.Optional(Type.Boolean({ description: 'the password is to serve for RTSP too' })),
  },
  { additionalProperties: false },
);
export const NewAccountAnswer = Type.Intersect([
  Account,
  Type.Object({ password: Type.Optional(Type.String({ description: 'where one was generated; told this once' })) }),
]);
export const AccountChange = Type.Object(
  {
    user_type: Type.Optional(UserType),
    cameras: Type.Optional(Cameras),
    password: Type.Optional(Password),
    unlock: Type.Optional(Type.Literal(true)),
    second_factor: Type.Optional(Type.Literal(false, { description: 'remove it, with the recovery codes' })),
  },
  { additionalProperties: false, minProperties: 1 },
);
