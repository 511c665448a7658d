/** Passkeys: what `PublicKeyCredential.toJSON()` gives (WebAuthn level 3, §5.1), bytes as base64url. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Timestamp } from './common.ts';

const bytes = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[A-Za-z0-9_-]+$', description });
const CredentialId = bytes(1364, 'as the authenticator calls it');

export const PasskeyAssertion = Type.Object(
  {
    id: CredentialId,
    clientDataJSON: bytes(8192, 'what the browser says that it was asked'),
    authenticatorData: bytes(8192, 'what the authenticator says'),
    signature: bytes(2048, 'over both'),
  },
  { additionalProperties: false },
);
export type PasskeyAssertion = Static<typeof PasskeyAssertion>;

export const Passkey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  host: Type.String({ description: 'the name that it is good for' }),
  created: Timestamp,
  last_used: Type.Union([Timestamp, Type.Null()]),
});
export const Passkeys = Type.Object({ passkeys: Type.Array(Passkey) });
export type Passkeys = Static<typeof Passkeys>;

export const PasskeyProposalRequest = Type.Object(
  { current_password: Type.String({ minLength: 1, maxLength: 1024 }) },
  { additionalProperties: false },
);
export type PasskeyOptions = Static<typeof PasskeyOptions>;
export const PasskeyOptions = Type.Object(
  { challenge: Type.String() },
  { additionalProperties: true, description: 'for `PublicKeyCredential.parse…OptionsFromJSON()`' },
);
export const NewPasskey = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\x00-\\x1f\\x7f]+$' }),
    clientDataJSON: bytes(8192, 'what the browser says that it was asked'),
    attestationObject: bytes(32_768, 'the new key'),
  },
  { additionalProperties: false },
);
export const PasskeyRemoval = Type.Object(
  { id: CredentialId, current_password: Type.String({ minLength: 1, maxLength: 1024 }) },
  { additionalProperties: false },
);
/** An empty object. */
export const PasskeyQuestion = Type.Object({}, { additionalProperties: false });
