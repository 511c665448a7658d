/** A camera over TLS: known by the certificate of its first day, and refused under another one until somebody says so. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from './support/camera.ts';
import { startCamera } from './support/camera.ts';
import { eventually, run } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

interface State {
  readonly kind: string;
  readonly code: string | null;
}

describe('the certificate of a camera', { skip: withoutFootage }, () => {
  let camera: Camera;
  let site: Site;
  let system: System;

  async function certificate(name: string): Promise<{ cert: string; key: string }> {
    const [cert, key] = [join(site.directory, `${name}.crt`), join(site.directory, `${name}.key`)];
    const made = await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', key, '-out', cert],
    ]);
    assert.equal(made.code, 0, made.output);
    return { cert, key };
  }

  const footage = { clip: 'visits-sub.mp4', auth: 'open' } as const;

  before(async () => {
    site = await Site.create(() => '');
    camera = await startCamera({ ...footage, tls: await certificate('first') });
    const url = camera.urls[0]!;
    await site.configure(`
cameras:
  - { id: room, path: video/room, source: "${url}" }
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${site.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`);
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    await camera?.process.stop();
    await site?.remove();
  });

  function until(what: string, holds: (state: State) => boolean): Promise<State> {
    return eventually(what, async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: { state: State }[] }>();
      return cameras.map(({ state }) => state).find(holds);
    });
  }

  async function comeAs(name: string): Promise<void> {
    await camera.process.stop('SIGKILL');
    const port = Number(new URL(camera.urls[0]!).port);
    camera = await startCamera({ ...footage, port, tls: await certificate(name) });
  }

  it('is taken at first sight, and a change refused until it is accepted', async () => {
    await until('the camera is live', ({ kind }) => kind === 'live');
    assert.match((await site.run(['camera', 'trust', 'room'])).output, /no other certificate/);
    await comeAs('second');
    await until('the camera is refused', ({ code }) => code === 'camera/certificate-changed');
    const accepted = await site.run(['camera', 'trust', 'room', '--json']);
    assert.equal(accepted.code, 0, accepted.output);
    assert.match(accepted.output, /([0-9A-F]{2}:){31}[0-9A-F]{2}/);
    await until('the camera is live again', ({ kind }) => kind === 'live');
  });

  it('is remembered over a restart', async () => {
    await system.process.stop();
    await comeAs('third');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    await until('the camera is refused', ({ code }) => code === 'camera/certificate-changed');
  });
});
