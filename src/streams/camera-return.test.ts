import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { cameraReturned } from './camera-return.ts';

/** Something that listens, and can be switched off with all its connections. */
class Listener {
  readonly connections: Socket[] = [];
  #server: Server | undefined;

  async on(port = 0): Promise<number> {
    this.#server = createServer((socket) => {
      socket.on('error', () => {});
      this.connections.push(socket);
    });
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async connection(number: number): Promise<Socket> {
    while (this.connections.length < number) await once(this.#server!, 'connection');
    return this.connections[number - 1]!;
  }

  async off(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    this.#server!.close();
    await once(this.#server!, 'close');
  }
}

describe('return of a camera', () => {
  it('is seen when it was switched off and on again', { timeout: 20_000 }, async () => {
    const listener = new Listener();
    const port = await listener.on();
    const away = Promise.withResolvers<void>();
    const returned = cameraReturned(() => ({ host: '127.0.0.1', port }), AbortSignal.timeout(15_000), away.resolve);
    await listener.connection(1);
    await listener.off();
    await away.promise;
    const later = new Listener();
    await later.on(port);
    await returned;
    await later.off();
  });

  it('is not claimed of a camera that only closes idle connections', { timeout: 20_000 }, async () => {
    const listener = new Listener();
    const port = await listener.on();
    const abort = new AbortController();
    let returned = false;
    const waiting = cameraReturned(() => ({ host: '127.0.0.1', port }), abort.signal).then(() => {
      returned = true;
    });
    (await listener.connection(1)).end();
    await listener.connection(2);
    assert.equal(returned, false);
    abort.abort();
    await waiting;
    await listener.off();
  });

  it('ends at once when it is told to', async () => {
    const listener = new Listener();
    const port = await listener.on();
    const abort = new AbortController();
    const waiting = cameraReturned(() => ({ host: '127.0.0.1', port }), abort.signal);
    await listener.connection(1);
    abort.abort();
    await waiting;
    await listener.off();
  });
});
