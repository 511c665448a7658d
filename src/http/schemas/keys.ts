/** Keys of the owner, for admins. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { VaultState } from './session.ts';

const password = Type.String({ minLength: 1, maxLength: 1024, description: "the account's password, once more" });
const passphrase = Type.Optional(
  Type.String({ minLength: 1, maxLength: 1024, description: 'of the owner key, where it has one and is locked' }),
);
const strict = { additionalProperties: false } as const;

export const Keys = Type.Object({
  ...VaultState.properties,
  escrow: Type.Array(Type.String(), { description: 'age recipients that can open everything besides the owner' }),
  configured: Type.Array(Type.String(), { description: 'further ones, of the configuration' }),
  day_keys: Type.Integer(),
  first_day: Type.Union([Type.String(), Type.Null()]),
  last_day: Type.Union([Type.String(), Type.Null()]),
});
export type Keys = Static<typeof Keys>;

export const RotateRequest = Type.Object(
  {
    password,
    passphrase: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1024, description: 'of the owner key as it is, where it has one' }),
    ),
    new_passphrase: Type.Optional(Type.String({ minLength: 12, maxLength: 1024 })),
  },
  strict,
);
export const Rewrapped = Type.Object({
  changed: Type.Integer({ description: 'day keys wrapped anew' }),
  skipped: Type.Integer({ description: "left as they were: gone, damaged, or another owner's" }),
});
export const Rotated = Type.Object({ recipient: Type.String(), ...Rewrapped.properties });

export const EscrowRequest = Type.Object(
  { password, passphrase, recipient: Type.String({ minLength: 1, maxLength: 4096 }) },
  strict,
);

export const ShredRequest = Type.Object(
  { password, date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'a day in UTC' }) },
  strict,
);
export const Shredded = Type.Object({ date: Type.String(), keys: Type.Integer() });
export type Shredded = Static<typeof Shredded>;

export const SheetRequest = Type.Object({ password, passphrase }, strict);
export const Sheet = Type.Object({
  recipient: Type.String(),
  identity: Type.String(),
  page: Type.String({ description: 'HTML to print, with the key as a QR code' }),
});
export type Sheet = Static<typeof Sheet>;
