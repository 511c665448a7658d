import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../base/secret.ts';
import { parseAuthItems } from './auth-parameters.ts';
import type { DigestAuthorization } from './digest.ts';
import { answerBasic, answerDigest, digestHa1, parseAuthorization, parseChallenges, verifyDigest } from './digest.ts';

const mufasa = { username: 'Mufasa', password: new Secret('Circle of Life') };

function digestOf(field: string): DigestAuthorization {
  const parsed = parseAuthorization(field);
  assert.ok(parsed?.kind === 'digest');
  return parsed;
}

describe('Digest', () => {
  it('verifies the examples of RFC 7616 §3.9.1, MD5 and SHA-256', () => {
    const common =
      'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
      'nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, ';
    for (const [algorithm, response] of [
      ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
      ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ] as const) {
      const ha1 = digestHa1(algorithm, 'Mufasa', 'http-auth@example.org', mufasa.password);
      const answer = digestOf(`${common}algorithm=${algorithm}, response="${response}"`);
      assert.ok(verifyDigest(answer, ha1, 'GET'));
      assert.ok(!verifyDigest(answer, ha1, 'POST'));
    }
  });

  it('verifies the example of RFC 2069 as corrected, without qop', () => {
    const answer = digestOf(
      'Digest username="Mufasa",realm="testrealm@host.com",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",uri="/dir/index.html",' +
        'response="1949323746fe6a43ef61f9606e7febea",opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    assert.ok(
      verifyDigest(answer, digestHa1('MD5', 'Mufasa', 'testrealm@host.com', new Secret('CircleOfLife')), 'GET'),
    );
  });

  it('gives answers that its own server side takes, and no other password, method or URI', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(
        text.filter((name) => !/[\0\r\n]/.test(name)),
        text,
        fc.constantFrom('MD5' as const, 'SHA-256' as const),
        fc.boolean(),
        (username, password, algorithm, qop) => {
          const field = `Digest realm="r, \\"x\\"", nonce="n", algorithm=${algorithm}${qop ? ', qop="auth,auth-int"' : ''}`;
          const { digest } = parseChallenges([field]);
          assert.ok(digest);
          const answer = answerDigest(digest, { username, password: new Secret(password) }, 'SETUP', 'rtsp://h/a', 17);
          const parsed = digestOf(answer);
          assert.equal(parsed.username, username);
          assert.equal(parsed.counted?.nc, qop ? '00000011' : undefined);
          const ha1 = digestHa1(algorithm, username, parsed.realm, new Secret(password));
          assert.ok(verifyDigest(parsed, ha1, 'SETUP'));
          assert.ok(!verifyDigest(parsed, ha1, 'PLAY'));
          assert.ok(!verifyDigest({ ...parsed, uri: 'rtsp://h/b' }, ha1, 'SETUP'));
          const wrong = digestHa1(algorithm, username, parsed.realm, new Secret(`${password}x`));
          assert.ok(!verifyDigest(parsed, wrong, 'SETUP'));
          assert.ok(!answer.includes(password) || password.length < 8);
        },
      ),
    );
  });
});

describe('parseChallenges', () => {
  it('prefers SHA-256, and reads several challenges in one field or in many', () => {
    const md5 = 'Digest realm="a", nonce="1"';
    const sha = 'Digest realm="a", nonce="2", algorithm="SHA-256", qop=auth, stale=TRUE, opaque="o"';
    for (const fields of [[md5, sha], [`${md5}, ${sha}`], [sha, md5, 'Basic realm="a"']]) {
      const { digest } = parseChallenges(fields);
      assert.deepEqual([digest?.algorithm, digest?.nonce, digest?.stale, digest?.opaque], ['SHA-256', '2', true, 'o']);
    }
    assert.equal(parseChallenges([md5]).digest?.namesAlgorithm, false);
    assert.deepEqual(parseChallenges(['Basic realm="x"']), {
      digest: undefined,
      digestOffered: false,
      basicOffered: true,
    });
  });

  it('knows that Digest was offered even where it cannot answer it', () => {
    for (const odd of [
      'Digest realm="c", nonce="1", algorithm=SHA-512-256-sess, qop="auth-int"',
      'Digest realm="a \\"b\\", nonce=\\"x", nonce="n, o=\\"p\\"", qop="auth-int,x"',
      'Digest',
      'Negotiate abc, NTLM, Digest realm=unterminated "',
    ]) {
      assert.deepEqual(
        parseChallenges([odd, 'Basic realm="x"']),
        { digest: undefined, digestOffered: true, basicOffered: true },
        odd,
      );
    }
    assert.equal(parseChallenges([`Bearer ${'x'.repeat(4000)}`]).digestOffered, false);
  });

  it('reads any text without an exception', () => {
    const piece = fc.oneof(
      fc.constantFrom('Digest ', 'Basic ', 'realm="', '"', '\\', ',', '=', 'nonce=', 'qop="auth"'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        parseChallenges([text]);
        parseAuthorization(text);
      }),
    );
    assert.ok(parseAuthItems('a '.repeat(20_000)).length < 32);
    assert.ok(parseAuthItems(`Digest ${'a="\\'.repeat(10_000)}`).length < 32);
  });
});

describe('Basic', () => {
  it('keeps colons of the password and Unicode of both', () => {
    const parsed = parseAuthorization(answerBasic({ username: 'zoë', password: new Secret('a:b:ü') }));
    assert.ok(parsed?.kind === 'basic');
    assert.deepEqual([parsed.username, parsed.password.reveal()], ['zoë', 'a:b:ü']);
    assert.equal(parseAuthorization('Basic bm9jb2xvbg=='), undefined);
  });
});
