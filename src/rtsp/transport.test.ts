import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseSession, parseTransport } from './transport.ts';

describe('parseTransport', () => {
  it('reads alternatives, channels and mode', () => {
    assert.deepEqual(
      parseTransport('RTP/AVP/UDP;unicast;client_port=1-2,RTP/AVP/TCP;unicast;interleaved=2-3;mode="RECORD"'),
      [
        { interleaved: false, channels: undefined, mode: undefined },
        { interleaved: true, channels: [2, 3], mode: 'record' },
      ],
    );
    assert.deepEqual(parseTransport('RTP/AVP/TCP;interleaved=4')[0]?.channels, [4, 5]);
    assert.equal(parseTransport('RTP/AVP/TCP;multicast')[0]?.interleaved, false);
  });

  it('knows no channels beyond 255 and no pair of one channel', () => {
    for (const bad of ['255', '256-257', '1-1', 'x', '', '1-', '-1-2']) {
      assert.equal(parseTransport(`RTP/AVP/TCP;interleaved=${bad}`)[0]?.channels, undefined, bad);
    }
  });
});

describe('parseSession', () => {
  it('reads the id and the timeout', () => {
    assert.deepEqual(parseSession('1234;timeout=30'), { id: '1234', timeoutSeconds: 30 });
    assert.deepEqual(parseSession('abc ; Timeout = 5'), { id: 'abc', timeoutSeconds: 5 });
    assert.deepEqual(parseSession('abc;timeout=-1'), { id: 'abc', timeoutSeconds: 60 });
    assert.equal(parseSession(';timeout=5'), undefined);
  });

  it('takes any text without an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseSession(text);
        parseTransport(text);
      }),
    );
  });
});
