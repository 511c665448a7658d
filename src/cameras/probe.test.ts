import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { it } from 'node:test';
import { AddressGuard } from '../base/address-guard.ts';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import { probeCamera } from './probe.ts';

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** Probes a camera that does this with its connection. */
async function probe(onConnection: (socket: Socket) => void, limitMs?: number): Promise<unknown> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/stream1`);
  try {
    return await probeCamera(
      {
        url,
        dial: () => new AddressGuard({ kinds: ['loopback'], allowed: [] }).dial(url.hostname),
        digestSeen: false,
        clock: systemClock,
        log: silentLog,
        ...(limitMs === undefined ? {} : { limitMs }),
      },
      new AbortController().signal,
    );
  } finally {
    server.close();
    await once(server, 'close');
  }
}

// A limit that fired with nobody waiting ended the whole server 20 s after a failed `camera test`.
it('says that no picture came from a camera that never answers', async () => {
  const silent = probe((socket) => socket.resume(), 50);
  await assert.rejects(silent, (error) => error instanceof Problem && error.code === 'camera/stalled');
});

it('leaves no limit behind that could fire after the camera has refused', async () => {
  const before = timers();
  const refused = probe((socket) => socket.destroy());
  await assert.rejects(refused, (error) => error instanceof Problem && error.code.startsWith('camera/'));
  assert.equal(timers(), before);
});
