import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { parseServerMessage } from './server-message.ts';

it('reads each kind of message', () => {
  const state = {
    kind: 'stalled',
    since: 5,
    lastSampleAt: 4,
    detail: null,
    code: null,
    retryAt: null,
    recording: false,
  };
  const box = { track: 1, class: 'person', confidence: 0.9, box: [0, 0, 0.5, 1] };
  for (const message of [
    { type: 'format', slot: 0, codec: 'avc1.42c01e', width: 640, height: 360, description: 'AUI=' },
    { type: 'format', slot: 0, codec: 'avc1.42c01e', width: 640, height: 360, description: 'AUI=', init: 'AAAA' },
    { type: 'sound', slot: 0, codec: 'mp4a.40.2', sampleRate: 44_100, channels: 2, description: 'EhA=' },
    { type: 'state', camera: 'yard', state },
    { type: 'boxes', slot: 3, at: 1, objects: [box] },
    { type: 'gap', slot: 3, dropped: 12 },
    { type: 'event', camera: 'yard', event: 8, state: 'started' },
    { type: 'recording', camera: 'yard', recording: 8, state: 'finished' },
    { type: 'error', code: 'live/camera', detail: 'no such camera' },
    { type: 'error', slot: 2, code: 'live/camera', detail: 'no such camera' },
  ])
    assert.deepEqual(parseServerMessage(JSON.stringify(message)), message);
});

it('leaves out boxes that are none and refuses slots out of range', () => {
  const boxes = parseServerMessage('{"type":"boxes","slot":1,"at":1,"objects":[{"track":1},null,7]}');
  assert.deepEqual(boxes, { type: 'boxes', slot: 1, at: 1, objects: [] });
  assert.equal(parseServerMessage('{"type":"gap","slot":256,"dropped":1}'), undefined);
  assert.equal(parseServerMessage('{"type":"gap","slot":-1,"dropped":1}'), undefined);
});

it('gives undefined for any other text and never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => parseServerMessage(text) === undefined || text.startsWith('{')));
  fc.assert(fc.property(fc.json(), (text) => void parseServerMessage(text)));
  fc.assert(
    fc.property(fc.constantFrom('format', 'sound', 'state', 'boxes', 'event'), fc.object(), (type, rest) => {
      parseServerMessage(JSON.stringify({ ...rest, type }));
    }),
  );
});
