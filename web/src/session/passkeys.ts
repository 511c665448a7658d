/**
 * Passkeys in the browser (WebAuthn level 3): the server's options in, what goes back to it out. Each throws a
 * `DOMException` where somebody says no, or has none.
 */

export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** The person said no, took too long, or has no passkey for this address: nothing went wrong. */
export function isDeclined(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}

export async function signChallenge(options: object): Promise<object> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const { id, response } = await toJson(await navigator.credentials.get({ publicKey }));
  const { clientDataJSON, authenticatorData, signature } = response;
  return { id, clientDataJSON, authenticatorData, signature };
}

export async function makePasskey(options: object): Promise<object> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const { response } = await toJson(await navigator.credentials.create({ publicKey }));
  return { clientDataJSON: response['clientDataJSON'], attestationObject: response['attestationObject'] };
}

async function toJson(credential: Credential | null): Promise<{ id: string; response: Record<string, string> }> {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no passkey', 'NotAllowedError');
  return credential.toJSON() as unknown as { id: string; response: Record<string, string> };
}
