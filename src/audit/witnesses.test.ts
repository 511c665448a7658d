import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { silentLog } from '../base/log.ts';
import { serviceKeyFrom } from '../vault/service-key.ts';
import { tryOpenCheckpoint } from './checkpoint.ts';
import type { AuditLog } from './log.ts';
import { openAuditLog } from './log.ts';
import { isConsistent } from './proofs.ts';
import { checkTimestamp, timestampRequest } from './timestamp.ts';
import type { WitnessWish } from './witness.ts';

const run = promisify(execFile);
const openssl = spawnSync('openssl', ['version']).status === 0;
const at = Date.UTC(2026, 10, 24, 12);

describe('witnesses', () => {
  let base: string;
  let dir: string;
  let count = 0;
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void> | void;

  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'sentrix-witnesses-'));
  });
  after(() => rm(base, { recursive: true, force: true }));
  beforeEach(async () => {
    dir = join(base, String(count++));
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
      await answer(request, body, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = (...witnesses: WitnessWish[]): Promise<AuditLog> =>
    openAuditLog({
      ...{ dir, node: 'home', log: silentLog, clock: { now: () => at, monotonicMs: () => 0 }, witnesses },
      serviceKey: serviceKeyFrom(Buffer.alloc(32, 1)),
    });

  async function grow(audit: AuditLog, entries: number): Promise<void> {
    for (let n = 0; n < entries; n++) await audit.append({ kind: `test/${n}`, who: null, from: null });
    await audit.checkpoint();
  }

  /** Resolves when the one witness is in that state. */
  async function stateOf(audit: AuditLog, wanted: string, size?: number) {
    const until = performance.now() + 20_000;
    for (;;) {
      const [state] = audit.witnesses();
      if (state?.state === wanted && (size === undefined || state.size === size)) return state;
      assert.ok(performance.now() < until, `never ${wanted}: ${JSON.stringify(state)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('hold the newest checkpoint in a file, the last one too, and never take an older log for a newer', async () => {
    const path = join(base, `witness-${count}`);
    const wish = { kind: 'file', target: path } as const;
    {
      await using audit = await open(wish);
      await grow(audit, 3);
      await stateOf(audit, 'current', 3);
      await copyFile(join(dir, 'home.entries'), `${dir}.older`);
      await copyFile(join(dir, 'home.checkpoint'), `${dir}.older-checkpoint`);
      await audit.append({ kind: 'test/last', who: null, from: null });
    }
    const key = (await readFile(join(dir, 'home.vkey'), 'utf8')).trim();
    const kept = await readFile(path, 'utf8');
    assert.equal(tryOpenCheckpoint(kept, key)?.size, 4);
    // Somebody puts an older copy of the whole log back, which fits together
    await copyFile(`${dir}.older`, join(dir, 'home.entries'));
    await copyFile(`${dir}.older-checkpoint`, join(dir, 'home.checkpoint'));
    await using audit = await open(wish);
    await audit.checkpoint();
    const { problem } = await stateOf(audit, 'failing');
    assert.match(problem!, /the witness has seen 4 entries: this log is an older copy/);
    assert.equal(await readFile(path, 'utf8'), kept);
    assert.ok((await audit.verify([kept])).faults.some(({ kind }) => /older than the earlier/.test(kind)));
  });

  it('of C2SP get each checkpoint with the proof that it goes on from the last, and their cosignature is kept', async () => {
    const seen: { size: number; root: Buffer }[] = [];
    const faults: string[] = [];
    answer = async ({ url: asked }, body, response) => {
      const key = (await readFile(join(dir, 'home.vkey'), 'utf8')).trim();
      const text = body.toString();
      const split = text.indexOf('\n\n');
      const [old, ...hashes] = text.slice(0, split).split('\n');
      const checkpoint = tryOpenCheckpoint(text.slice(split + 2), key)!;
      const last = seen.at(-1);
      const from = Number(/^old (\d+)$/.exec(old!)![1]);
      if (asked !== '/w/add-checkpoint') faults.push(asked!);
      if (from !== (last?.size ?? 0)) {
        response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${last?.size ?? 0}\n`);
        return;
      }
      const proof = hashes.map((hash) => Buffer.from(hash, 'base64'));
      if (last !== undefined && !isConsistent(last, checkpoint, proof)) faults.push(`${last.size} ${checkpoint.size}`);
      seen.push(checkpoint);
      response.end('\u2014 witness.example/w AAAA\n');
    };
    {
      await using audit = await open({ kind: 'http', target: `${url}/w/` });
      for (const entries of [1, 4, 1, 9]) {
        await grow(audit, entries);
        await stateOf(audit, 'current', audit.tree().size);
      }
    }
    assert.deepEqual([seen.map(({ size }) => size), faults], [[1, 5, 6, 15], []]);
    const { readdir } = await import('node:fs/promises');
    const name = (await readdir(dir)).find((one) => one.includes('cosigned'))!;
    assert.match(
      await readFile(join(dir, name), 'utf8'),
      /\n15\n[\s\S]*\u2014 sentrix\/home [\s\S]*\u2014 witness\.example\/w AAAA\n$/,
    );
  });

  it('that are away or refuse are shown so, are tried again, and hold nothing up', async () => {
    let isAway = true;
    answer = (_, __, response) => {
      if (isAway) response.writeHead(500).end();
      else response.end('\u2014 w AAAA\n');
    };
    await using audit = await open({ kind: 'http', target: url });
    await grow(audit, 1);
    assert.match((await stateOf(audit, 'failing')).problem!, /answered 500/);
    await audit.append({ kind: 'test/on', who: null, from: null });
    isAway = false;
    await stateOf(audit, 'current', 1);
  });

  it('that stamp the time are asked as RFC 3161 has it, and openssl verifies what is kept', {
    skip: openssl ? false : 'openssl is not installed',
  }, async () => {
    const tsa = await authority(join(base, `tsa-${count}`));
    const types: string[] = [];
    answer = async ({ headers }, body, response) => {
      types.push(headers['content-type']!);
      response.end(await tsa.reply(body));
    };
    {
      await using audit = await open({ kind: 'timestamp', target: url });
      await grow(audit, 2);
      await stateOf(audit, 'current', 2);
      // Within the hour there is no second one, but at the end
      await grow(audit, 1);
      await stateOf(audit, 'waiting');
      assert.equal(types.length, 1);
    }
    assert.deepEqual(types, ['application/timestamp-query', 'application/timestamp-query']);
    const note = join(dir, 'home-2026-11-24.note');
    assert.match(await readFile(note, 'utf8'), /\n3\n/);
    const { stdout } = await run('openssl', [
      ...['ts', '-verify', '-data', note, '-in', note.replace('.note', '.tsr'), '-CAfile', tsa.certificate],
    ]);
    assert.match(stdout, /Verification: OK/);
  });

  it('that stamp something else, another nonce, a refusal or nonsense are not believed', {
    skip: openssl ? false : 'openssl is not installed',
  }, async () => {
    const tsa = await authority(join(base, `tsa-${count}`));
    const nonce = Buffer.from('00ff030405060708', 'hex');
    const token = await tsa.reply(timestampRequest('a note', nonce));
    checkTimestamp(token, 'a note', nonce);
    const refused = { code: 'audit/witness-refused' };
    assert.throws(() => checkTimestamp(token, 'another note', nonce), refused);
    assert.throws(() => checkTimestamp(token, 'a note', Buffer.from('01ff030405060708', 'hex')), refused);
    assert.throws(() => checkTimestamp(Buffer.from('30053003020102', 'hex'), 'a note', nonce), refused);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.nat(255), fc.boolean(), (index, value, cut) => {
        const bytes = Buffer.from(token.subarray(0, cut ? index : token.length));
        if (!cut) bytes[index] = value;
        try {
          checkTimestamp(bytes, 'a note', nonce);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'audit/witness-refused');
        }
      }),
    );
  });
});

/** `openssl ts` as the authority. */
async function authority(stem: string): Promise<{ certificate: string; reply(query: Buffer): Promise<Buffer> }> {
  const [certificate, key, config, query, reply] = ['crt', 'key', 'cnf', 'tsq', 'tsr'].map((end) => `${stem}.${end}`);
  await writeFile(
    config!,
    `[tsa]\nserial = ${stem}.serial\ncrypto_device = builtin\nsigner_cert = ${certificate}\nsigner_key = ${key}
certs = ${certificate}\ndefault_policy = 1.2.3.4\ndigests = sha256\nsigner_digest = sha256\n`,
  );
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'],
    ...[
      '-subj',
      '/CN=Time',
      '-addext',
      'extendedKeyUsage=critical,timeStamping',
      '-keyout',
      key!,
      '-out',
      certificate!,
    ],
  ]);
  return {
    certificate: certificate!,
    async reply(bytes) {
      await writeFile(query!, bytes);
      await run('openssl', [
        'ts',
        '-reply',
        '-config',
        config!,
        '-section',
        'tsa',
        '-queryfile',
        query!,
        '-out',
        reply!,
      ]);
      return await readFile(reply!);
    },
  };
}
