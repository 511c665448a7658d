/** What watches the system from outside: metrics with their own token, health without any, and the service manager. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, start } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site, sentrixBinary } from './support/sentrix.ts';

const configuration = (at: Site) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", enabled: false }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

/** Prints each datagram as a JSON line; there is no datagram socket of this family in Node. */
const receiver = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps({"event": "bound"}), flush=True)
while True:
    print(json.dumps({"event": "told", "state": s.recv(4096).decode()}), flush=True)
`;

describe('whoever watches', () => {
  let site: Site;
  let system: System;
  before(async () => {
    site = await Site.create(configuration);
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('vic', 'viewer', 'correct horse battery');
  });
  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  it('is told by systemd when the system is ready, well, and stopping', async () => {
    const socket = join(site.directory, 'notify');
    const listener = start('python3', ['-c', receiver, socket], { stdin: '' });
    await listener.line(({ event }) => event === 'bound');
    const args = ['start', '--json', '--config', site.configuration, '--home', site.home];
    const service = start(sentrixBinary, args, { stdin: '', env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' } });
    const told = (state: string) => listener.line(({ state: said }) => String(said).includes(state));
    await told('READY=1');
    await told('WATCHDOG=1');
    assert.equal(await service.stop(), 0);
    await told('STOPPING=1');
    await listener.stop();
  });

  it('gets metrics by a token that opens nothing else, and nobody gets them without', async () => {
    system = await site.start();
    for (const path of ['/healthz', '/readyz']) assert.equal((await system.ask(path)).status, 200);
    assert.equal((await system.ask('/metrics')).status, 401);
    const basic = { authorization: `Basic ${Buffer.from('vic:correct horse battery').toString('base64')}` };
    assert.equal((await system.ask('/metrics', { headers: basic })).status, 403);
    await system.login('owner', 'correct horse battery');
    const made = await system.ask('/api/tokens', {
      method: 'POST',
      body: { name: 'prometheus', actions: ['system.view'], days: 30 },
    });
    assert.ok(made.status < 300, made.body.toString());
    const { token } = made.json<{ token: string }>();
    const bearer = { authorization: `Bearer ${token}`, cookie: '' };
    const text = await eventually('the demo camera shows', async () => {
      const answer = await system.ask('/metrics', { headers: bearer });
      assert.equal(answer.status, 200);
      assert.match(answer.headers['content-type']!, /^text\/plain; version=0\.0\.4/);
      const body = answer.body.toString();
      return body.includes('sentrix_camera_state{camera="demo",state="live"} 1') ? body : undefined;
    });
    for (const name of [
      'sentrix_event_loop_delay_seconds{of="p99"}',
      'process_resident_memory_bytes',
      'sentrix_disk_free_bytes{disk="home"}',
    ])
      assert.ok(text.includes(name), name);
    for (const line of text.trim().split('\n'))
      assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="[^"]*",?)+\})? (?:[\d.e+-]+|NaN|[+-]Inf))$/);
    assert.equal((await system.ask('/api/recordings', { headers: bearer })).status, 403);
  });
});
