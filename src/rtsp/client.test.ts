import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Log } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import type { PlayHandlers, PlayOptions, RtspPlaying } from './client.ts';
import { playRtsp } from './client.ts';
import { digestHa1, parseAuthorization, verifyDigest } from './digest.ts';
import type { SdpTrack } from './sdp.ts';
import { makeCertificate } from './testing/certificate.ts';
import type { Script, ScriptedCamera } from './testing/scripted-camera.ts';
import { goodManners, h264Sdp, scriptedCamera } from './testing/scripted-camera.ts';

const credentials = { username: 'cam', password: new Secret('s3cret-of-the-camera') };
const packet = Buffer.from('a packet of RTP');

interface Watched {
  readonly playing: Promise<RtspPlaying>;
  readonly tracks: SdpTrack[];
  readonly packets: string[];
  digestOffered: number;
  readonly abort: AbortController;
}

function watch(camera: ScriptedCamera, options: Partial<PlayOptions> = {}, more: Partial<PlayHandlers> = {}): Watched {
  const abort = new AbortController();
  const watched = { tracks: [] as SdpTrack[], packets: [] as string[], digestOffered: 0, abort };
  const handlers: PlayHandlers = {
    tracks: (tracks) => watched.tracks.push(...tracks),
    rtp: (track, bytes) => watched.packets.push(`${track} ${Buffer.from(bytes).toString()}`),
    rtcp: (track, bytes) => watched.packets.push(`${track} rtcp ${Buffer.from(bytes).toString()}`),
    digestOffered: () => watched.digestOffered++,
    ...more,
  };
  const all: PlayOptions = { url: camera.url, credentials, digestSeen: false, log: silentLog, ...options };
  const playing = playRtsp(all, handlers, abort.signal);
  playing.catch(() => {});
  return Object.assign(watched, { playing });
}

/** The Problem that an attempt ends with. */
async function failure(script: Script, options: Partial<PlayOptions> = {}): Promise<Problem> {
  await using camera = await scriptedCamera(script);
  const error = await watch(camera, options).playing.then(
    () => assert.fail('it played'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Problem, String(error));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  assert.doesNotMatch(error.detail + error.hint, /[\u0000-\u001f\u007f-\u009f<]|owned|s3cret/);
  return error;
}

const challenge = (fields: readonly string[]): Script => {
  return (request, connection) => {
    const authorization = parseAuthorization(request.headers.get('authorization') ?? '');
    const right =
      authorization?.kind === 'basic'
        ? authorization.password.reveal() === credentials.password.reveal()
        : authorization?.kind === 'digest' &&
          verifyDigest(
            authorization,
            digestHa1(authorization.algorithm, 'cam', authorization.realm, credentials.password),
            request.method,
          );
    if (right) goodManners(request, connection);
    else
      connection.answer(
        request,
        401,
        fields.map((field) => ['WWW-Authenticate', field] as const),
      );
  };
};

const answersTo = (camera: ScriptedCamera): string[] =>
  camera.requests.map((request) => request.headers.get('authorization')?.split(' ')[0] ?? 'none');

describe('playRtsp', () => {
  it('plays video and audio and hands out their packets by track', async () => {
    const script: Script = (request, connection) => {
      goodManners(request, connection);
      if (request.method !== 'PLAY') return;
      connection.frame(2, packet);
      connection.frame(1, Buffer.from('report'));
      connection.frame(77, packet);
      connection.frame(0, packet);
    };
    await using camera = await scriptedCamera(script);
    const received = Promise.withResolvers<void>();
    const packets: string[] = [];
    const watched = watch(
      camera,
      {},
      {
        rtp: (track, bytes) => {
          packets.push(`${track} ${Buffer.from(bytes).toString()}`);
          if (packets.length === 2) received.resolve();
        },
      },
    );
    const playing = await watched.playing;
    await received.promise;
    assert.deepEqual(packets, ['1 a packet of RTP', '0 a packet of RTP']);
    assert.deepEqual(watched.packets, ['0 rtcp report']);
    assert.deepEqual(
      watched.tracks.map((track) => track.encoding),
      ['H264', 'PCMA'],
    );
    await playing.close();
    assert.equal((await playing.ended).code, 'camera/closed');
    assert.deepEqual(
      camera.requests.map(
        (request) => `${request.method} ${request.uri.replace(/.*\/live/, '')} ${request.headers.get('session')}`,
      ),
      [
        'OPTIONS  undefined',
        'DESCRIBE  undefined',
        'SETUP /track1 undefined',
        'SETUP /track2 abc',
        'PLAY  abc',
        'TEARDOWN  abc',
      ],
    );
  });

  it('sends reports on the channel of their track, and none when it is over', async () => {
    await using camera = await scriptedCamera();
    const playing = await watch(camera).playing;
    playing.rtcp(1, Buffer.from('of sound'));
    playing.rtcp(0, Buffer.from('of the picture'));
    playing.rtcp(7, Buffer.from('of nothing'));
    await playing.close();
    playing.rtcp(0, Buffer.from('too late'));
    await camera.asked('TEARDOWN');
    assert.deepEqual(
      camera.frames.map(({ channel, payload }) => `${channel} ${payload}`),
      ['3 of sound', '1 of the picture'],
    );
  });

  it('plays without audio where it is not wanted, or where the camera refuses it', async () => {
    await using camera = await scriptedCamera((request, connection) => {
      if (request.uri.endsWith('track2')) connection.answer(request, 500);
      else goodManners(request, connection);
    });
    for (const audio of [false, true]) {
      const watched = watch(camera, { audio });
      await (await watched.playing).close();
      assert.deepEqual(
        watched.tracks.map((track) => track.kind),
        ['video'],
      );
    }
  });

  it('keeps the session alive, by OPTIONS where the camera does not know GET_PARAMETER', async () => {
    await using camera = await scriptedCamera((request, connection) => {
      if (request.method === 'GET_PARAMETER') connection.answer(request, 451 as 454);
      else goodManners(request, connection);
    });
    const playing = await watch(camera, { limits: { keepAliveMs: 20 } }).playing;
    await camera.asked('GET_PARAMETER');
    await camera.asked('OPTIONS', 2);
    assert.equal(camera.requests.at(-1)?.headers.get('session'), 'abc');
    await playing.close();
  });

  it('ends when the camera closes, is silent, forgets the session or loses the framing', async () => {
    const cases: [string, Script, Partial<PlayOptions>][] = [
      ['camera/closed', (_, { socket }) => socket.end(), {}],
      ['camera/closed', (_, { socket }) => socket.resetAndDestroy(), {}],
      ['camera/protocol', (_, { socket }) => socket.write(Buffer.alloc(100, 0x80)), {}],
      ['camera/stalled', () => {}, { limits: { stallMs: 50 } }],
      ['camera/stalled', (_, c) => c.frame(200, packet), { limits: { stallMs: 50 } }],
      ['camera/stalled', (_, c) => c.frame(0, Buffer.alloc(11)), { limits: { stallMs: 50 } }],
    ];
    for (const [code, afterPlay, options] of cases) {
      await using camera = await scriptedCamera((request, connection) => {
        goodManners(request, connection);
        if (request.method === 'PLAY') afterPlay(request, connection);
      });
      const result = await watch(camera, options).playing.then(
        (playing) => playing.ended,
        (error: unknown) => error as Problem,
      );
      assert.equal(result.code, code);
    }
  });

  it('says good-bye when its signal aborts, and gives up a set-up at once', async () => {
    await using camera = await scriptedCamera();
    const watched = watch(camera);
    const playing = await watched.playing;
    watched.abort.abort();
    assert.equal((await playing.ended).code, 'camera/closed');
    assert.equal(camera.requests.at(-1)?.method, 'TEARDOWN');
    await playing.close();

    await using silent = await scriptedCamera(() => {});
    const early = watch(silent);
    await silent.asked('OPTIONS');
    early.abort.abort();
    await assert.rejects(early.playing, { code: 'camera/closed' });
  });

  it('hangs up on a camera that does not answer the good-bye', async () => {
    await using camera = await scriptedCamera((request, connection) => {
      if (request.method !== 'TEARDOWN') goodManners(request, connection);
    });
    const playing = await watch(camera, { limits: { closeMs: 30 } }).playing;
    await playing.close();
    assert.equal((await playing.ended).code, 'camera/closed');
  });

  it('answers what the camera asks, and does none of it', async () => {
    const answered = Promise.withResolvers<string>();
    await using camera = await scriptedCamera((request, connection) => {
      goodManners(request, connection);
      if (request.method !== 'PLAY') return;
      let text = '';
      connection.socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (text.includes('CSeq: 8\r\n')) answered.resolve(text);
      });
      connection.socket.write('REDIRECT rtsp://x/ RTSP/1.0\r\nCSeq: 7\r\nLocation: rtsp://192.0.2.1/\r\n\r\n');
      connection.socket.write('OPTIONS * RTSP/1.0\r\nCSeq: 8\r\n\r\n');
    });
    const playing = await watch(camera).playing;
    const text = await answered.promise;
    assert.match(text, /RTSP\/1\.0 501[\s\S]*RTSP\/1\.0 200/u);
    await playing.close();
    assert.equal(camera.connections(), 1);
  });
});

describe('a camera that wants a password', () => {
  it('gets Digest with SHA-256 or MD5, with a count that rises, or Basic where that is all it knows', async () => {
    for (const [field, scheme] of [
      ['Digest realm="a, b", nonce="1", qop="auth", algorithm=SHA-256', 'Digest'],
      ['Digest realm="x", nonce="1"', 'Digest'],
      ['Basic realm="x"', 'Basic'],
    ] as const) {
      await using camera = await scriptedCamera(challenge([field]));
      const watched = watch(camera);
      const playing = await watched.playing;
      assert.equal(playing.digestUsed, scheme === 'Digest');
      assert.equal(watched.digestOffered, scheme === 'Digest' ? 1 : 0);
      await playing.close();
      assert.deepEqual(answersTo(camera), ['none', ...Array(6).fill(scheme)]);
    }
  });

  it('gets a new answer when its nonce went stale or changed without a word', async () => {
    let nonce = 1;
    await using camera = await scriptedCamera((request, connection) => {
      if (request.method === 'SETUP') nonce++;
      const authorization = parseAuthorization(request.headers.get('authorization') ?? '');
      if (authorization?.kind === 'digest' && authorization.nonce === String(nonce >> 1))
        goodManners(request, connection);
      else
        connection.answer(request, 401, [['WWW-Authenticate', `Digest realm="r${nonce >> 1}", nonce="${nonce >> 1}"`]]);
    });
    await (await watch(camera).playing).close();
  });

  it('is told so once when the password is wrong, twice when it says stale', async () => {
    for (const [stale, tries] of [
      ['', 2],
      [', stale=true', 3],
    ] as const) {
      let asked = 0;
      const problem = await failure((request, connection) => {
        asked++;
        connection.answer(request, 401, [['WWW-Authenticate', `Digest realm="x", nonce="${asked}"${stale}`]]);
      });
      assert.equal(problem.code, 'camera/unauthorized');
      assert.equal(asked, tries);
    }
  });

  it('never gets Basic once it has offered Digest, now, before, or in a form that we do not know', async () => {
    const basic = 'Basic realm="x"';
    const digest = 'Digest realm="x", nonce="1"';
    const cases: [Partial<PlayOptions>, (asked: number) => string[]][] = [
      [{ digestSeen: true }, () => [basic]],
      [{}, (asked) => (asked === 1 ? [digest] : [basic])],
      [{}, () => ['Digest realm="x", nonce="1", algorithm=SHA-512-256', basic]],
      [{}, () => ['Digest realm="x", nonce="1", qop="auth-int"', basic]],
    ];
    for (const [options, fields] of cases) {
      let asked = 0;
      const seen: string[] = [];
      const problem = await failure((request, connection) => {
        seen.push(request.headers.get('authorization') ?? '');
        connection.answer(
          request,
          401,
          fields(++asked).map((field) => ['WWW-Authenticate', field] as const),
        );
      }, options);
      assert.equal(problem.code, 'camera/unauthorized');
      assert.ok(!seen.some((field) => field.startsWith('Basic')), seen.join());
    }
  });

  it('tells of Digest even where the attempt fails, so that it can be remembered', async () => {
    await using camera = await scriptedCamera((request, connection) =>
      connection.answer(request, 401, [['WWW-Authenticate', 'Digest realm="x", nonce="1"']]),
    );
    const watched = watch(camera);
    await assert.rejects(watched.playing, { code: 'camera/unauthorized' });
    assert.equal(watched.digestOffered, 1);
  });

  it('gets none where none is set', async () => {
    await using camera = await scriptedCamera(challenge(['Basic realm="x"']));
    const { credentials: _, ...open } = { url: camera.url, credentials, digestSeen: false, log: silentLog };
    const handlers = { tracks: () => {}, rtp: () => {}, rtcp: () => {} };
    await assert.rejects(playRtsp(open, handlers, AbortSignal.timeout(5000)), { code: 'camera/unauthorized' });
  });
});

describe('a camera that misbehaves', () => {
  const describeWith = (fields: readonly (readonly [string, string])[], body?: string, status = 200): Script => {
    return (request, connection) => {
      if (request.method === 'DESCRIBE') connection.answer(request, status, fields, body);
      else goodManners(request, connection);
    };
  };

  it('is followed on its own host only, and not for ever', async () => {
    await using other = await scriptedCamera();
    for (const location of [other.url.href, 'http://127.0.0.1/', 'file:///etc/passwd', '//127.0.0.2/x', '']) {
      const problem = await failure(describeWith([['Location', location]], undefined, 302));
      assert.equal(problem.code, 'camera/redirected', location);
    }
    let hops = 0;
    const loop = await failure((request, connection) => {
      if (request.method === 'DESCRIBE') hops++;
      connection.answer(request, request.method === 'DESCRIBE' ? 302 : 200, [['Location', `/hop${hops}`]]);
    });
    assert.deepEqual([loop.code, hops], ['camera/redirected', 4]);
    assert.equal(other.connections(), 0);
    await using moved = await scriptedCamera((request, connection) => {
      if (request.method === 'DESCRIBE' && request.uri.endsWith('/live'))
        connection.answer(request, 301, [['Location', '/new']]);
      else goodManners(request, connection);
    });
    await (await watch(moved).playing).close();
    assert.ok(moved.requests.some((request) => request.method === 'SETUP' && request.uri.endsWith('/new/track1')));
  });

  it('never leads to the host that its description names', async () => {
    const sdp = h264Sdp.replaceAll('control:track', 'control:rtsp://192.0.2.1:99/s/track');
    await using camera = await scriptedCamera(describeWith([['Content-Base', 'rtsp://192.0.2.1/s/']], sdp));
    await (await watch(camera).playing).close();
    assert.ok(camera.requests.every((request) => request.uri.startsWith(`rtsp://${camera.url.host}/`)));
  });

  it('ends with the code that says what is wrong', async () => {
    const rude = (text: string): Script => {
      return (request, { socket }) => {
        const [status, ...fields] = text.split('\r\n');
        const lines = [`RTSP/1.0 ${status}`, `CSeq: ${request.cseq}`, ...fields];
        socket.write(Buffer.from(lines.join('\r\n'), 'latin1'));
      };
    };
    const evil = 'x\u001b]0;owned\u0007<img src=x>\0\u0085 password=hunter2';
    const garbage =
      (text: string): Script =>
      (_, { socket }) =>
        void socket.write(Buffer.from(text, 'latin1'));
    const cases: [string, Script][] = [
      ['camera/not-rtsp', garbage('HTTP/1.1 200 OK\r\n\r\n')],
      ['camera/not-rtsp', garbage('\x16\x03\x01')],
      ['camera/protocol', garbage(`RTSP/1.0 200 OK\r\nX: ${'a'.repeat(100_000)}`)],
      ['camera/protocol', garbage('RTSP/1.0 200 OK\r\nContent-Length: 4294967296\r\n\r\n')],
      ['camera/closed', (_, { socket }) => void socket.end()],
      ['camera/closed', (_, { socket }) => void socket.resetAndDestroy()],
      ['camera/no-video', describeWith([], 'v=0\r\n')],
      ['camera/no-video', describeWith([], 'm=video 0 RTP/AVP 26\r\n')],
      ['camera/protocol', describeWith([], undefined, 404)],
      ['camera/unauthorized', describeWith([], undefined, 403)],
      ['camera/unauthorized', rude(`403 ${evil}\r\nServer: ${evil}\r\n\r\n`)],
      ['camera/protocol', rude(`401 ${evil}\r\nWWW-Authenticate: Digest realm="${evil}", nonce="1"\r\n\r\n`)],
      ['camera/protocol', (r, c) => (r.method === 'SETUP' ? c.answer(r, 461) : goodManners(r, c))],
      ['camera/protocol', (r, c) => (r.method === 'SETUP' ? c.answer(r, 200) : goodManners(r, c))],
      [
        'camera/protocol',
        (r, c) =>
          r.method === 'SETUP'
            ? c.answer(r, 200, [['Transport', 'RTP/AVP;unicast;server_port=1-2']])
            : goodManners(r, c),
      ],
      [
        'camera/protocol',
        (r, c) =>
          r.method === 'SETUP' ? c.answer(r, 200, [['Transport', 'RTP/AVP/TCP;interleaved=0-1']]) : goodManners(r, c),
      ],
    ];
    for (const [code, script] of cases) {
      assert.equal((await failure(script)).code, code);
    }
    const quiet: Script = (r, c) => {
      if (r.method === 'OPTIONS') goodManners(r, c);
      else c.answer({ ...r, cseq: 999_999 }, 200, [], h264Sdp);
    };
    const slow = await failure(quiet, { limits: { requestMs: 40 } });
    assert.deepEqual(
      [slow.code, slow.detail],
      ['camera/unreachable', 'the camera did not answer DESCRIBE within 0.04 s'],
    );
    const drip: Script = (r, { socket }) => {
      const text = `RTSP/1.0 200 OK\r\nCSeq: ${r.cseq}\r\n\r\n`;
      let sent = 0;
      const timer = setInterval(() => socket.write(text.charAt(sent++ % (text.length - 1))), 5);
      socket.once('close', () => clearInterval(timer));
    };
    assert.equal((await failure(drip, { limits: { setUpMs: 60 } })).code, 'camera/unreachable');
  });

  it('is not told anything over TLS unless its certificate is trusted or accepted', async () => {
    const certificate = makeCertificate('camera');
    await using camera = await scriptedCamera(goodManners, certificate);
    await assert.rejects(watch(camera).playing, { code: 'camera/untrusted' });
    const shown: [string, boolean][] = [];
    const decide = (answer: boolean) => (fingerprint: string, trusted: boolean) => {
      shown.push([fingerprint, trusted]);
      return answer;
    };
    await assert.rejects(watch(camera, { tls: { accept: decide(false) } }).playing, { code: 'camera/untrusted' });
    assert.equal(camera.requests.length, 0);
    await (await watch(camera, { tls: { accept: decide(true) } }).playing).close();
    const { fingerprint256 } = new X509Certificate(certificate.cert);
    assert.deepEqual(shown, [
      [fingerprint256, false],
      [fingerprint256, false],
    ]);
    await (await watch(camera, { tls: { ca: certificate.cert } }).playing).close();
    const plain = new URL(camera.url.href.replace('rtsps', 'rtsp'));
    await assert.rejects(watch(camera, { url: plain }).playing, Problem);
  });

  it('is unreachable where nothing listens or its name is unknown', async () => {
    const camera = await scriptedCamera();
    await camera[Symbol.asyncDispose]();
    await assert.rejects(watch(camera).playing, { code: 'camera/unreachable', detail: 'nothing answers at this port' });
    const url = new URL('rtsp://no-such-camera.invalid/');
    await assert.rejects(watch(camera, { url }).playing, { code: 'camera/unreachable' });
  });

  it('takes down nothing when what it sends trips the one who watches', async () => {
    await using camera = await scriptedCamera((request, connection) => {
      goodManners(request, connection);
      if (request.method === 'PLAY') connection.frame(0, packet);
    });
    const logged: string[] = [];
    const log: Log = { ...silentLog, error: (_, event) => logged.push(event) };
    const watched = watch(camera, { log }, { rtp: () => assert.fail('a bug') });
    const reason = await watched.playing.then(
      (playing) => playing.ended,
      (error: unknown) => error as Problem,
    );
    assert.equal(reason.code, 'camera/protocol');
    assert.deepEqual(logged, ['packet handler failed']);
  });
});
