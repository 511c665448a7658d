/** Codes of what can be wrong with a certificate. */
export const tlsProblems = {
  'tls/unreadable': "a file of the certificate can't be read",
  'tls/bad-key': 'tls_key holds no usable private key',
  'tls/bad-certificate': 'tls_cert holds no certificate',
  'tls/key-exposed': 'the private key can be read by everybody',
  'tls/key-mismatch': "the private key is not the certificate's",
  'tls/expired': 'the certificate has run out',
  'tls/not-yet-valid': 'the certificate is not valid yet',
  'tls/not-for-servers': 'the certificate is not for servers',
  'tls/own-certificate': 'an own certificate is in use, so none is generated',
} as const;

export type TlsProblemCode = keyof typeof tlsProblems;
