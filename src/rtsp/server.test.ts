import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import { answerBasic, answerDigest, parseChallenges } from './digest.ts';
import type { RtspResponse } from './message.ts';
import type { RtspServer, RtspServerOptions } from './server.ts';
import { createRtspServer } from './server.ts';
import { publisher, realm, TestOwner } from './testing/accounts.ts';
import { makeCertificate } from './testing/certificate.ts';
import { RawClient } from './testing/raw-client.ts';
import { h264Sdp } from './testing/scripted-camera.ts';

const url = 'rtsp://127.0.0.1/video/front';
const sdp = [['Content-Type', 'application/sdp']] as const;
const tcp = (channels: string) => [['Transport', `RTP/AVP/TCP;unicast;interleaved=${channels};mode=record`]] as const;

interface Running extends AsyncDisposable {
  readonly server: RtspServer;
  readonly owner: TestOwner;
  readonly port: number;
}

async function start(options: Partial<RtspServerOptions<string>> = {}): Promise<Running> {
  const owner = new TestOwner();
  const { authenticate, publish, play } = owner;
  const server = createRtspServer({
    realm,
    authenticate,
    publish,
    play,
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, owner, port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** A connection that has announced and set up one track and records. */
async function recording(port: number): Promise<{ client: RawClient; session: string }> {
  const client = await RawClient.open(port);
  assert.equal((await client.askAs(publisher, 'ANNOUNCE', url, sdp, h264Sdp)).status, 200);
  const setUp = await client.ask('SETUP', `${url}/track1`, tcp('0-1'));
  assert.equal(setUp.status, 200);
  const session = setUp.headers.get('session')?.split(';')[0] ?? '';
  assert.equal((await client.ask('RECORD', url, [['Session', session]])).status, 200);
  return { client, session };
}

function digestOf(response: RtspResponse) {
  const { digest } = parseChallenges(response.headers.all('www-authenticate'));
  assert.ok(digest);
  return digest;
}

describe('publishing', () => {
  it('takes packets from ANNOUNCE to TEARDOWN, authenticating once', async () => {
    await using running = await start();
    const { owner } = running;
    const { client, session } = await recording(running.port);
    using _ = client;
    client.frame(0, Buffer.from('first packet'));
    client.frame(9, Buffer.from('nobody set this up'));
    client.frame(0, Buffer.from('second packet'));
    await owner.until(() => owner.published[0]?.packets.length === 2);
    assert.deepEqual(
      owner.published[0]?.packets.map(([track, bytes]) => [track, bytes.toString()]),
      [
        [0, 'first packet'],
        [0, 'second packet'],
      ],
    );
    assert.equal((await client.ask('GET_PARAMETER', url, [['Session', session]])).status, 200);
    assert.equal((await client.ask('TEARDOWN', url, [['Session', session]])).status, 200);
    await client.closed;
    assert.equal(owner.published[0]?.closed, 'rtsp/teardown');
    assert.deepEqual(owner.attempts, [{ username: 'phone', ok: true, kind: 'digest' }]);
    assert.equal(owner.published[0]?.principal, 'phone');
    assert.equal(owner.published[0]?.path, 'video/front');
  });

  it('tells the sink why it ended: kicked, hung up, silent, shut down', async () => {
    const running = await start({ limits: { silenceMs: 60 } });
    const { owner } = running;
    for (const end of ['kick', 'hang up', 'silence', 'shut down']) {
      const { client } = await recording(running.port);
      const entry = owner.published.at(-1)!;
      if (end === 'kick') entry.kick(new Problem('stream/replaced', 'another'));
      if (end === 'hang up') client.socket.destroy();
      if (end === 'shut down') await running.server[Symbol.asyncDispose]();
      await owner.until(() => entry.closed !== undefined);
      await client.closed;
    }
    assert.deepEqual(
      owner.published.map((entry) => entry.closed),
      ['stream/replaced', 'rtsp/closed', 'rtsp/silent', 'rtsp/shutdown'],
    );
  });

  it('answers what the owner refuses with its status, and lets go of a sink that came too late', async () => {
    const late = Promise.withResolvers<void>();
    await using running = await start({
      publish: async (request) => {
        if (request.path === 'late') {
          request.kick(new Problem('stream/ended', 'ended'));
          await late.promise;
          return running.owner.publish({ ...request, path: 'video/front' });
        }
        return running.owner.publish(request);
      },
    });
    using client = await RawClient.open(running.port);
    const announce = (path: string) => client.askAs(publisher, 'ANNOUNCE', `rtsp://h/${path}`, sdp, h264Sdp);
    assert.equal((await announce('taken')).status, 409);
    assert.equal((await announce('forbidden')).status, 403);
    assert.equal((await announce('unknown')).status, 404);
    assert.equal((await announce('../etc')).status, 404);
    client.send('ANNOUNCE', 'rtsp://h/late', sdp, h264Sdp);
    await client.closed;
    late.resolve();
    await running.owner.until(() => running.owner.published[0]?.closed === 'stream/ended');
  });

  it('refuses UDP, taken channels, unknown tracks, other sessions and what comes out of turn', async () => {
    await using running = await start();
    using client = await RawClient.open(running.port);
    const status = async (...request: Parameters<RawClient['ask']>): Promise<number> =>
      (await client.ask(...request)).status;
    assert.equal((await client.askAs(publisher, 'SETUP', `${url}/track1`, tcp('0-1'))).status, 455);
    assert.equal(await status('ANNOUNCE', url, [['Content-Type', 'text/plain']], 'x'), 415);
    assert.equal(await status('ANNOUNCE', url, sdp, 'v=0'), 400);
    assert.equal(await status('ANNOUNCE', url, sdp, h264Sdp), 200);
    assert.equal(await status('RECORD', url), 455);
    assert.equal(await status('SETUP', `${url}/track1`, [['Transport', 'RTP/AVP;unicast;client_port=5000-5001']]), 461);
    assert.equal(await status('SETUP', `${url}/track1`, [['Transport', 'RTP/AVP/TCP;multicast;interleaved=0-1']]), 461);
    assert.equal(await status('SETUP', `${url}/track9`, tcp('0-1')), 404);
    const answer = await client.ask('SETUP', `${url}/track1`, [['Transport', 'RTP/AVP/UDP, RTP/AVP/TCP;unicast']]);
    assert.match(answer.headers.get('transport') ?? '', /interleaved=0-1/);
    const session = [['Session', answer.headers.get('session')?.split(';')[0] ?? '']] as const;
    assert.equal(await status('SETUP', `${url}/track2`, [...tcp('1-2'), ...session]), 400);
    assert.equal(await status('SETUP', `${url}/track2`, tcp('2-3')), 454);
    assert.equal(await status('RECORD', url, [['Session', 'other']]), 454);
    assert.equal(await status('DESCRIBE', url), 455);
    assert.equal(await status('PLAY', url, session), 455);
    assert.equal(await status('BREW', url), 501);
    assert.equal(await status('RECORD', url, session), 200);
    assert.equal(await status('RECORD', url, session), 455);
  });
});

describe('authentication', () => {
  it('asks for credentials on known and unknown paths alike, SHA-256 first and MD5 last', async () => {
    await using running = await start();
    using client = await RawClient.open(running.port);
    for (const method of ['DESCRIBE', 'SETUP', 'PLAY', 'ANNOUNCE', 'RECORD', 'TEARDOWN', 'GET_PARAMETER', 'BREW']) {
      for (const path of ['video/front', 'unknown']) {
        const { status, headers } = await (await RawClient.open(running.port)).ask(method, `rtsp://h/${path}`);
        const challenges = headers.all('www-authenticate').map((field) => field.replace(/nonce="\w+"/, 'nonce'));
        assert.equal(status, 401);
        assert.deepEqual(challenges, [
          'Digest realm="SentriX", nonce, algorithm=SHA-256, qop="auth"',
          'Digest realm="SentriX", nonce, algorithm=MD5, qop="auth"',
        ]);
      }
    }
    assert.equal((await client.ask('OPTIONS', url)).status, 200);
    assert.deepEqual(running.owner.attempts, []);
  });

  it('counts wrong credentials once each, answers them alike and hangs up after three', async () => {
    await using running = await start();
    using client = await RawClient.open(running.port);
    let challenge = await client.ask('ANNOUNCE', url);
    for (const username of ['phone', 'nobody', 'phone']) {
      const wrong = { username, password: new Secret('wrong') };
      const answer = answerDigest(digestOf(challenge), wrong, 'ANNOUNCE', url, 1);
      challenge = await client.ask('ANNOUNCE', url, [['Authorization', answer]]);
      assert.equal(challenge.status, 401);
    }
    await client.closed;
    assert.deepEqual(
      running.owner.attempts.map((attempt) => attempt.ok),
      [false, false, false],
    );
  });

  it('takes nonces of other connections, replays, other methods and URIs for no attempt', async () => {
    await using running = await start();
    using first = await RawClient.open(running.port);
    using second = await RawClient.open(running.port);
    const digest = digestOf(await first.ask('ANNOUNCE', url));
    const right = answerDigest(digest, publisher, 'ANNOUNCE', url, 1);
    const made = answerDigest({ ...digest, nonce: 'made-up' }, publisher, 'ANNOUNCE', url, 1);
    const otherUri = answerDigest(digest, publisher, 'ANNOUNCE', 'rtsp://h/else', 1);
    const otherRealm = answerDigest({ ...digest, realm: 'else' }, publisher, 'ANNOUNCE', url, 1);
    assert.equal((await second.ask('ANNOUNCE', url, [['Authorization', right]])).status, 401);
    assert.deepEqual(running.owner.attempts, []);
    assert.equal((await first.ask('RECORD', url, [['Authorization', right]])).status, 401);
    assert.equal(running.owner.attempts.length, 1, 'an answer for another method is wrong');
    assert.match(
      (await first.ask('ANNOUNCE', url, [['Authorization', right]])).headers.get('www-authenticate') ?? '',
      /stale/,
    );
    assert.equal(running.owner.attempts.length, 1, 'a count used before is no attempt');
    for (const answer of [made, otherUri, otherRealm, 'Digest', 'Bearer x', 'Basic !']) {
      assert.equal((await first.ask('ANNOUNCE', url, [['Authorization', answer]])).status, 401, answer);
    }
    const twice = [['Authorization', right] as const, ['Authorization', right] as const];
    assert.equal((await first.ask('ANNOUNCE', url, twice)).status, 401);
    assert.equal(running.owner.attempts.length, 1);
  });

  it('says of an old nonce that it is stale, and takes the answer to the next', async () => {
    let now = 0;
    const clock = { now: () => now, monotonicMs: () => now };
    await using running = await start({ clock, limits: { nonceMs: 1000 } });
    using client = await RawClient.open(running.port);
    const old = answerDigest(digestOf(await client.ask('ANNOUNCE', url)), publisher, 'ANNOUNCE', url, 1);
    now = 1001;
    const answer = await client.ask('ANNOUNCE', url, [['Authorization', old]], 'x');
    assert.equal(digestOf(answer).stale, true);
    assert.deepEqual(running.owner.attempts, []);
    const fresh = answerDigest(digestOf(answer), publisher, 'ANNOUNCE', url, 1);
    assert.equal((await client.ask('ANNOUNCE', url, [...sdp, ['Authorization', fresh]], h264Sdp)).status, 200);
  });

  it('takes Basic over loopback and MD5 without qop', async () => {
    await using running = await start();
    using basic = await RawClient.open(running.port);
    const answer = await basic.ask('ANNOUNCE', url, [...sdp, ['Authorization', answerBasic(publisher)]], h264Sdp);
    assert.equal(answer.status, 200);
    using old = await RawClient.open(running.port);
    const fields = (await old.ask('DESCRIBE', url)).headers.all('www-authenticate');
    const digest = { ...parseChallenges([fields[1]!]).digest!, qop: false };
    const authorization = answerDigest(digest, publisher, 'DESCRIBE', url, 1);
    assert.equal((await old.ask('DESCRIBE', url, [['Authorization', authorization]])).status, 200);
  });

  it('passes on how long to wait, and answers a failing owner with 500', async () => {
    await using waiting = await start({
      authenticate: async () => ({ ok: false, status: 503, retryAfterSeconds: 7.2 }),
    });
    using client = await RawClient.open(waiting.port);
    const answer = await client.askAs(publisher, 'ANNOUNCE', url);
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '8']);
    await using failing = await start({ authenticate: () => Promise.reject(new Error('bug')) });
    using other = await RawClient.open(failing.port);
    assert.equal((await other.askAs(publisher, 'ANNOUNCE', url)).status, 500);
  });
});

describe('limits', () => {
  it('closes connections that say nothing, or never show who they are', async () => {
    await using running = await start({ limits: { handshakeMs: 60, idleMs: 60 } });
    using silent = await RawClient.open(running.port);
    await silent.closed;
    using idle = await RawClient.open(running.port);
    assert.equal((await idle.askAs(publisher, 'ANNOUNCE', url, sdp, h264Sdp)).status, 200);
    await idle.closed;
    assert.equal(running.owner.published[0]?.closed, 'rtsp/silent');
  });

  it('closes on garbage, on frames of strangers and on too many requests of theirs', async () => {
    await using running = await start();
    for (const bytes of [
      '\x80\x81',
      'GET / HTTP/1.1\r\n\r\n',
      '$\x00\x00\x01x',
      'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'.repeat(5000),
    ]) {
      using client = await RawClient.open(running.port);
      client.socket.write(Buffer.from(bytes, 'latin1'));
      await client.closed;
    }
    using client = await RawClient.open(running.port);
    client.socket.write('OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n');
    assert.equal((await client.answer()).status, 400);
    await client.closed;
  });

  it('refuses other versions and requests without a number', async () => {
    await using running = await start();
    using client = await RawClient.open(running.port);
    client.socket.write('OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\nOPTIONS * RTSP/1.0\r\n\r\n');
    assert.equal((await client.answer()).status, 505);
    assert.equal((await client.answer()).status, 400);
  });

  it('lets a publisher in while its address holds all places of strangers', async () => {
    await using running = await start({ limits: { connections: 4, strangersPerAddress: 3 } });
    const silent = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(running.port)));
    const first = await recording(running.port);
    const others = await Promise.all([recording(running.port), recording(running.port), recording(running.port)]);
    const refused = await RawClient.open(running.port);
    await refused.closed;
    first.client.frame(0, Buffer.from('still in time'));
    await running.owner.until(() => running.owner.published[0]?.packets.length === 1);
    await Promise.all(silent.map((client) => client.closed));
    for (const { client } of [first, ...others]) client.socket.destroy();
  });
});

describe('RTSPS', () => {
  it('serves TLS 1.2 and above, drops plain text and silent handshakes, and renews its certificate', async () => {
    let certificate = makeCertificate('first');
    await using running = await start({ tls: { context: () => certificate }, limits: { handshakeMs: 200 } });
    const subject = async (): Promise<string> => {
      using client = await RawClient.open(running.port, { tls: true });
      assert.equal((await client.ask('OPTIONS', url)).status, 200);
      const { raw } = (client.socket as import('node:tls').TLSSocket).getPeerCertificate();
      return new X509Certificate(raw).subject;
    };
    assert.equal(await subject(), 'CN=first');
    certificate = makeCertificate('second');
    running.server.renewCertificate();
    assert.equal(await subject(), 'CN=second');
    using plain = await RawClient.open(running.port);
    plain.send('OPTIONS', url);
    await plain.closed;
    using silent = await RawClient.open(running.port);
    await silent.closed;
  });
});
