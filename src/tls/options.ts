/**
 * What every TLS port of ours speaks (HTTPS and RTSPS alike): TLS 1.2 and 1.3, AEAD suites with forward secrecy only.
 * For 1.2 that is RFC 9325 §4.2; 1.3 has nothing else.
 */
import type { SecureContextOptions } from 'node:tls';
import type { Secret } from '../base/secret.ts';

export function tlsOptions(material: { readonly key: Secret; readonly cert: string }): SecureContextOptions {
  return {
    key: material.key.reveal(),
    cert: material.cert,
    minVersion: 'TLSv1.2',
    ciphers: [
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ].join(':'),
    honorCipherOrder: true,
    ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
  };
}
