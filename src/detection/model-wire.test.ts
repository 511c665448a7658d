import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerLine, frameHead, helloBytes, parseAnswer, readWire } from './model-wire.ts';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

const hello = { modelFile: '/möbel/a.onnx', threads: 2, providers: ['cpu'] };

test('carries the path and frames however the pipe cuts them', async () => {
  const bytes = Buffer.concat([
    helloBytes(hello),
    frameHead(1, 2, 1),
    Buffer.from('abcdef'),
    frameHead(2, 1, 1),
    Buffer.from('xyz'),
  ]);
  for (const size of [1, 3, 7, 1000]) {
    const parts: unknown[] = [];
    for await (const part of readWire(chunked(bytes, size)))
      parts.push(typeof part === 'string' ? part : { ...part, data: Buffer.from(part.data).toString() });
    assert.deepEqual(parts, [
      JSON.stringify(hello),
      { id: 1, width: 2, height: 1, data: 'abcdef' },
      { id: 2, width: 1, height: 1, data: 'xyz' },
    ]);
  }
});

test('takes the answers that it writes', () => {
  const found = [{ class: 'person', confidence: 0.5, box: [0.1, 0.2, 0.3, 0.4] as const }];
  const answer = { type: 'found', id: 3, ms: 30, found } as const;
  assert.deepEqual(parseAnswer(answerLine(answer)), answer);
});

test('takes any line for an answer or for none and never throws', () => {
  fc.assert(fc.property(fc.string(), (line) => void parseAnswer(line)));
  fc.assert(fc.property(fc.json(), (line) => void parseAnswer(line)));
  for (const line of ['null', '[]', '{"type":"found","id":1,"ms":1,"found":[["a",2,0,0,1,1]]}', '{"type":"ready"}'])
    assert.equal(parseAnswer(line), undefined);
});
