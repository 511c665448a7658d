/** A self-signed certificate for 127.0.0.1, made by openssl(1), which every machine that builds this has. */
import { execFileSync } from 'node:child_process';

export function makeCertificate(name: string): { readonly key: string; readonly cert: string } {
  const output = execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name} -addext subjectAltName=IP:127.0.0.1 -keyout - -out -`.split(
      ' ',
    ),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const key = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/.exec(output);
  const cert = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(output);
  if (key === null || cert === null) throw new Error('openssl made no certificate');
  return { key: key[0], cert: cert[0] };
}
