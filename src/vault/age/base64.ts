/** Base64 as age wants it: RFC 4648 §4 without padding, and canonical (no other text decodes to the same bytes). */

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64').replace(/=+$/, '');
}

/** The bytes, or `undefined` for anything but the one canonical text of them. */
export function tryDecodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return encodeBase64(bytes) === text ? bytes : undefined;
}
