import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import fc from 'fast-check';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { addressBytes, certificateNames, maskBytes } from './addresses.ts';
import type { CertificatesOptions, KeySeal } from './certificates.ts';
import { openCertificates } from './certificates.ts';
import { integer, objectIdentifier, time } from './der.ts';
import { issueCa, issueLeaf } from './issue.ts';
import { tlsOptions } from './options.ts';

const dayMs = 86_400_000;
let directory = '';
let now = Date.UTC(2026, 10, 24);

/** Turns the bytes over and writes the context before them: enough to see that nothing lies there in the clear. */
const seal: KeySeal = {
  seal: (context, bytes) => Buffer.concat([Buffer.from(`${context}\n`), bytes.map((byte) => byte ^ 0xff)]),
  open: (context, bytes) => {
    const head = Buffer.from(`${context}\n`);
    if (!bytes.subarray(0, head.length).equals(head)) throw new Error('wrong context');
    return Buffer.from(bytes.subarray(head.length).map((byte) => byte ^ 0xff));
  },
};

function options(more: Partial<CertificatesOptions> = {}): CertificatesOptions {
  return {
    directory: join(directory, 'certs'),
    seal,
    clock: { now: () => now, monotonicMs: () => 0 },
    log: silentLog,
    hostname: 'Attic.example.org',
    addresses: () => ['192.168.1.20', 'fd00::20', '203.0.113.9'],
    ...more,
  };
}

beforeEach(async () => {
  now = Date.now();
  directory = await mkdtemp(join(tmpdir(), 'sentrix-tls-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('makes a leaf for the fixed names, the .local name and the private addresses, under a CA', async () => {
  const facts = (await openCertificates(options())).show();
  assert.deepEqual(facts.names, [
    '127.0.0.1',
    '192.168.1.20',
    '::1',
    'attic.local',
    'fd00::20',
    'localhost',
    'surveillance.local',
  ]);
  assert.equal(facts.subject, 'CN=surveillance.local');
  assert.match(facts.issuer, /^CN=SentriX local CA [0-9a-f]{6}$/);
  assert.ok(facts.validTo - facts.validFrom <= 825 * dayMs);
  assert.match(facts.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.deepEqual((await readdir(join(directory, 'certs'))).sort(), [
    'ca.crt',
    'ca.key.sealed',
    'server.crt',
    'server.key',
  ]);
});

test('keeps keys from everybody else and the CA key sealed', async () => {
  await openCertificates(options());
  const certs = join(directory, 'certs');
  assert.equal((await stat(certs)).mode & 0o777, 0o700);
  for (const name of ['server.key', 'ca.key.sealed']) assert.equal((await stat(join(certs, name))).mode & 0o777, 0o600);
  assert.ok(!(await readFile(join(certs, 'ca.key.sealed'), 'latin1')).includes('pkcs8'));
});

test('satisfies OpenSSL in its strict mode and a TLS client that trusts the CA', async () => {
  const certificates = await openCertificates(options());
  const certs = join(directory, 'certs');
  const verdict = execFileSync(
    'openssl',
    ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', join(certs, 'ca.crt'), join(certs, 'server.crt')],
    { encoding: 'utf8' },
  );
  assert.match(verdict, /: OK/);
  const server = createServer(tlsOptions(certificates.material), (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    for (const [servername, host] of [
      ['surveillance.local', undefined],
      [undefined, '127.0.0.1'],
    ] as const) {
      const socket = connect({
        port,
        host: host ?? '127.0.0.1',
        ca: certificates.ca,
        ...(servername ? { servername } : {}),
      });
      await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
      assert.equal(socket.authorized, true);
      socket.destroy();
    }
    const weak = connect({
      port,
      host: '127.0.0.1',
      ca: certificates.ca,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-SHA256',
    });
    await assert.rejects(
      new Promise<void>((resolve, reject) => weak.once('secureConnect', resolve).once('error', reject)),
    );
  } finally {
    server.close();
  }
});

test('holds the CA to this machine: a leaf for another name or a public address is refused', async () => {
  const issuer = issueCa({ names: ['localhost'], now });
  for (const name of ['example.org', '203.0.113.9', '2001:db8::1']) {
    const leaf = issueLeaf({ issuer, names: [name], now });
    await writeFile(join(directory, 'ca.pem'), issuer.certificate.toString());
    await writeFile(join(directory, 'leaf.pem'), leaf.certificate.toString());
    assert.throws(
      () =>
        execFileSync('openssl', ['verify', '-CAfile', join(directory, 'ca.pem'), join(directory, 'leaf.pem')], {
          stdio: 'pipe',
        }),
      /permitted subtree violation/,
    );
  }
});

test('uses what it made before, and re-issues under the same CA when addresses change or time runs out', async () => {
  const first = (await openCertificates(options())).show();
  const again = await openCertificates(options());
  assert.equal(again.show().fingerprint, first.fingerprint);
  assert.equal(await again.refresh(), false);
  const moved = (await openCertificates(options({ addresses: () => ['10.0.0.7'] }))).show();
  assert.ok(moved.names.includes('10.0.0.7') && !moved.names.includes('192.168.1.20'));
  assert.equal(moved.caFingerprint, first.caFingerprint);
  now += 370 * dayMs;
  const later = await openCertificates(options({ addresses: () => ['10.0.0.7'] }));
  assert.notEqual(later.show().fingerprint, moved.fingerprint);
  assert.equal(later.show().caFingerprint, first.caFingerprint);
});

test('makes another CA where the old one may not speak for a new name, or its seal does not open', async () => {
  const first = (await openCertificates(options())).show();
  const named = (await openCertificates(options({ hosts: ['cams.example.org', '203.0.113.9'] }))).show();
  assert.ok(named.names.includes('cams.example.org') && named.names.includes('203.0.113.9'));
  assert.notEqual(named.caFingerprint, first.caFingerprint);
  const other: KeySeal = { seal: seal.seal, open: () => assert.fail('does not open') };
  const lost = await openCertificates(options({ hosts: ['third.example.org'], seal: other }));
  assert.notEqual(lost.show().caFingerprint, named.caFingerprint);
});

test('replaces a damaged or foreign key file', async () => {
  const first = (await openCertificates(options())).show();
  await writeFile(join(directory, 'certs', 'server.key'), 'nothing');
  const mended = await openCertificates(options());
  assert.notEqual(mended.show().fingerprint, first.fingerprint);
  assert.ok(new X509Certificate(mended.material.cert).checkPrivateKey(createPrivateKey(mended.material.key.reveal())));
});

test('says what is wrong with an own certificate', async () => {
  const made = issueLeaf({ issuer: issueCa({ names: [], now }), names: ['localhost'], now });
  const keyFile = join(directory, 'own-key');
  const certFile = join(directory, 'own-cert');
  const own = { keyFile, certFile };
  const code = async (expected: string) => {
    await assert.rejects(openCertificates(options({ own })), (error) => {
      assert.ok(error instanceof Problem, String(error));
      assert.equal(error.code, expected);
      assert.ok(!error.detail.includes(directory));
      return true;
    });
  };
  await code('tls/unreadable');
  await writeFile(keyFile, made.key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(certFile, 'hello');
  await code('tls/bad-certificate');
  await writeFile(certFile, made.certificate.toString());
  assert.equal((await openCertificates(options({ own }))).show().source, 'own');
  await chmod(keyFile, 0o644);
  await code('tls/key-exposed');
  await chmod(keyFile, 0o600);
  now += 500 * dayMs;
  await code('tls/expired');
  now -= 900 * dayMs;
  await code('tls/not-yet-valid');
  now += 400 * dayMs;
  await writeFile(keyFile, issueCa({ names: [], now }).key.export({ type: 'pkcs8', format: 'pem' }));
  await code('tls/key-mismatch');
  await writeFile(keyFile, 'no key');
  await code('tls/bad-key');
});

test('writes numbers, object identifiers and times as DER has them', () => {
  assert.equal(integer(Buffer.from([0, 0, 0x80])).toString('hex'), '02020080');
  assert.equal(objectIdentifier('1.2.840.10045.4.3.2').toString('hex'), '06082a8648ce3d040302');
  assert.equal(
    time(Date.UTC(2049, 11, 31, 23, 59, 59))
      .toString('latin1')
      .slice(2),
    '491231235959Z',
  );
  assert.equal(
    time(Date.UTC(2050, 0, 1))
      .toString('latin1')
      .slice(2),
    '20500101000000Z',
  );
});

test('turns addresses and prefixes into bytes', () => {
  assert.equal(addressBytes('::ffff:1.2.3.4').toString('hex'), '00000000000000000000ffff01020304');
  assert.equal(maskBytes(12, 4).toString('hex'), 'fff00000');
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const words = addressBytes(text).toString('hex').match(/..../g)!.join(':');
      assert.equal(new URL(`http://[${words}]`).hostname, new URL(`http://[${text}]`).hostname);
    }),
  );
});

test('leaves out of the list what is no name', () => {
  const names = certificateNames({
    hostname: 'bad host!',
    addresses: ['8.8.8.8', '::1'],
    hosts: ['a b', '*.x', 'OK.example'],
  });
  assert.deepEqual(names, ['127.0.0.1', '::1', 'localhost', 'ok.example', 'surveillance.local']);
});
