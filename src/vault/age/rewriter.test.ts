/** Versions of one small file under one header: each opens by itself, and no two have anything in common but the header. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decryptStream } from './decryptor.ts';
import { payloadNonceBytes } from './payload.ts';
import { startRewriter } from './rewriter.ts';
import { X25519Identity } from './x25519.ts';

async function opened(file: Uint8Array, identity: X25519Identity): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const source = (async function* () {
    yield file;
  })();
  for await (const piece of decryptStream(source, [identity])) pieces.push(piece);
  return Buffer.concat(pieces);
}

it('seals versions of any length that open one by one', async () => {
  const identity = X25519Identity.generate();
  const rewriter = await startRewriter([identity.recipient()]);
  for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073]) {
    const plain = Buffer.alloc(length, length % 251);
    const file = Buffer.concat(rewriter.seal(plain));
    assert.deepEqual(await opened(file, identity), plain, `${length} bytes`);
  }
});

it('gives each version a nonce of its own, and so a key', async () => {
  const rewriter = await startRewriter([X25519Identity.generate().recipient()]);
  const plain = Buffer.alloc(1000);
  const [first, second] = [rewriter.seal(plain), rewriter.seal(plain)];
  assert.deepEqual(first[0], second[0]);
  assert.equal(first[1]!.length, payloadNonceBytes);
  assert.notDeepEqual(first[1], second[1]);
  assert.notDeepEqual(first[2], second[2]);
});

it('seals nothing once its key is forgotten', async () => {
  const rewriter = await startRewriter([X25519Identity.generate().recipient()]);
  rewriter.wipe();
  assert.throws(() => rewriter.seal(Buffer.alloc(1)), /ended/);
});
