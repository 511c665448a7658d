import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../base/problem.ts';
import { MessageFault, writeRequest, writeResponse } from './message.ts';
import { MessageReader } from './message-reader.ts';

type Plain = Record<string, unknown>;

/** All items of `chunks` as plain values, and the fault that ended them, if any. */
function read(chunks: readonly Uint8Array[]): { items: Plain[]; fault: string | undefined } {
  const reader = new MessageReader();
  const items: Plain[] = [];
  try {
    for (const chunk of chunks) {
      // A copy that is overwritten afterwards, as a reused socket buffer would be.
      const reused = Uint8Array.from(chunk);
      reader.push(reused);
      for (let item = reader.next(); item !== undefined; item = reader.next()) {
        const bytes = item.kind === 'frame' ? item.payload : item.body;
        const headers = item.kind === 'frame' ? [] : item.headers.entries();
        items.push({
          ...item,
          headers,
          payload: undefined,
          body: undefined,
          bytes: Buffer.from(bytes).toString('hex'),
        });
      }
    }
  } catch (error) {
    assert.ok(error instanceof MessageFault, String(error));
    return { items, fault: `${error.kind}: ${error.message} at ${error.offset}` };
  }
  return { items, fault: undefined };
}

function readText(text: string): ReturnType<typeof read> {
  return read([Buffer.from(text, 'latin1')]);
}

function chopped(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

const session =
  'OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n$\x00\x00\x03abcRTSP/1.0 200 OK\r\nCSeq: 2\r\n' +
  'Content-Length: 4\r\n\r\nv=0\n$\x01\x00\x00\r\n\r\nRTSP/1.0 404\nCSeq:3\nX: a\n b\n\n';

describe('MessageReader', () => {
  it('cuts requests, responses and frames out of one stream', () => {
    const { items, fault } = readText(session);
    assert.equal(fault, undefined);
    assert.deepEqual(
      items.map((item) => item['method'] ?? item['status'] ?? `channel ${item['channel']}`),
      ['OPTIONS', 'channel 0', 200, 'channel 1', 404],
    );
    assert.deepEqual(items.at(-1)?.['headers'], [
      ['cseq', '3'],
      ['x', 'a b'],
    ]);
    assert.equal(items[2]?.['bytes'], Buffer.from('v=0\n').toString('hex'));
  });

  it('gives the same items however the bytes are chopped up', () => {
    const bytes = Buffer.from(session, 'latin1');
    const whole = read([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        assert.deepEqual(read(chopped(bytes, cuts)), whole);
      }),
    );
    assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte))), whole);
  });

  it('answers any bytes with items or its own fault, the same however they are chopped up', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'RTSP/1.0 200 OK',
        'SETUP rtsp://h/ RTSP/1.0',
        '\r\n',
        '\n',
        'Content-Length: 3',
        'CSeq: 1',
        '$',
        ':',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(200)), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''), 'latin1');
        assert.deepEqual(read(chopped(bytes, cuts)), read([bytes]));
      }),
    );
  });

  it('reads back what the writer wrote', () => {
    const value = fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((text) => text.trim());
    fc.assert(
      fc.property(value, fc.uint8Array({ maxLength: 100 }), fc.nat(1e9), (text, body, cseq) => {
        const fields = [['CSeq', String(cseq)] as const, ['X-Value', text] as const];
        for (const bytes of [writeRequest('PLAY', '*', fields, body), writeResponse(200, fields, body)]) {
          const { items, fault } = read([bytes]);
          assert.equal(fault, undefined);
          assert.equal(items[0]?.['cseq'], cseq);
          assert.equal(items[0]?.['bytes'], Buffer.from(body).toString('hex'));
          assert.deepEqual(items[0]?.['headers'], [
            ['cseq', String(cseq)],
            ['x-value', text],
            ['content-length', String(body.length)],
          ]);
        }
      }),
    );
  });

  it('refuses lengths that are signed, hexadecimal, fractional, empty, contradictory or too large', () => {
    for (const bad of [
      '-1',
      '+5',
      '0x10',
      '1e3',
      '5, 6',
      '5\r\nContent-Length: 6',
      '9'.repeat(25),
      ' ',
      'NaN',
      '1.0',
    ]) {
      const { items, fault } = readText(`RTSP/1.0 200 OK\r\nContent-Length: ${bad}\r\n\r\nv=0`);
      assert.deepEqual([items, fault], [[], 'malformed: a bad content length at 0'], bad);
    }
    assert.match(readText('RTSP/1.0 200 OK\r\nContent-Length: 65537\r\n\r\n').fault ?? '', /too-large/);
  });

  it('stops at its limits for lines and headers without waiting for their end', () => {
    assert.match(readText(`SETUP ${'a'.repeat(9000)}`).fault ?? '', /too-large/);
    assert.match(readText(`RTSP/1.0 200 OK\r\nX: ${'a'.repeat(50_000)}`).fault ?? '', /too-large/);
    assert.match(readText(`RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(65)}`).fault ?? '', /too-large/);
    assert.equal(readText(`RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(64)}\r\n`).fault, undefined);
  });

  it('sees what is not RTSP at its first byte or line', () => {
    for (const text of ['\x80', '<html>', 'HTTP/1.1 200 OK\r\n', 'GET / HTTP/1.1\r\n', 'RTSP/1.0 xyz\r\n']) {
      assert.match(readText(text).fault ?? '', /^not-rtsp/, text);
    }
  });

  it('tells at which byte of the connection a broken message began', () => {
    assert.match(readText('$\x00\x00\x02ab%').fault ?? '', /at 6$/);
  });

  it('reads a frame that comes a byte at a time, and frames of the greatest length', () => {
    const frame = Buffer.alloc(4 + 65_535, 7);
    frame.set([0x24, 9, 0xff, 0xff]);
    const { items, fault } = read([...frame, ...frame].map((byte) => Uint8Array.of(byte)));
    assert.equal(fault, undefined);
    assert.deepEqual(
      items.map((item) => [item['channel'], (item['bytes'] as string).length / 2]),
      [
        [9, 65_535],
        [9, 65_535],
      ],
    );
  });

  it('takes a sequence number only where there is exactly one', () => {
    const cseq = (lines: string) => readText(`RTSP/1.0 200 OK\r\n${lines}\r\n`).items[0]?.['cseq'];
    assert.equal(cseq('CSeq: 7\r\n'), 7);
    for (const bad of ['', 'CSeq: -1\r\n', 'CSeq: 1e9\r\n', 'CSeq:\r\n', 'CSeq: 1\r\nCSeq: 1\r\n']) {
      assert.equal(cseq(bad), undefined, bad);
    }
  });
});

describe('writing messages', () => {
  it('refuses values that would break the framing', () => {
    const refused = { code: 'rtsp/unwritable' };
    for (const bad of ['a\r\nX: y', 'a\nb', 'a\0', '\u001b[2J', 'ł']) {
      assert.throws(() => writeRequest('PLAY', '*', [['X', bad]]), refused);
      assert.throws(() => writeResponse(200, [['X', bad]]), refused);
      assert.throws(() => writeRequest('PLAY', `rtsp://h/${bad}`, []), refused);
    }
    assert.throws(() => writeRequest('PL AY', '*', []), Problem);
    assert.throws(() => writeRequest('PLAY', 'a b', []), Problem);
    assert.throws(() => writeResponse(200, [['X: y\r\nZ', '1']]), Problem);
  });
});
