/** Cameras found on the network and added with what they say of themselves; and devices that lie. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { OnvifDevice } from './support/onvif-device.ts';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

const credentials = { username: 'onvif user', password: 'the & password "of" ONVIF' };
const year = 365 * 86_400_000;

const configuration = (site: Site) => `
cameras:
  # kept
  - video/phone
network: { api_port: 0, allowed_destinations: ["127.0.0.0/8"] }
detection: { port: 0, enabled: false }
recording: { enabled: false, recordings_dir: "${site.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`;

interface Found {
  readonly address: string;
  readonly service: string;
  readonly name: string;
  readonly model: string;
  readonly configured: boolean;
}

describe('a camera that speaks ONVIF', () => {
  let site: Site;
  let system: System;
  let device: OnvifDevice;

  before(async () => {
    // Its clock is where clocks of cameras without a battery are.
    device = await OnvifDevice.start({
      ...credentials,
      clockSkewMs: -9 * year,
      streams: ['rtsp://10.255.0.9:9554/main?a=1&b=2', 'rtsp://10.255.0.9:9554/sub'],
    });
    site = await Site.create(configuration);
    await site.addUser('owner', 'admin', 'correct horse battery');
    await site.addUser('viewer', 'viewer', 'correct horse battery 2', ['--camera', 'all']);
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  });

  after(async () => {
    await system?.process.stop();
    await device?.[Symbol.asyncDispose]();
    await site?.remove();
  });

  const service = (): string => `http://127.0.0.1:${device.port}/onvif/device_service`;

  it('is found by the command and by the API, at its own address whatever else it claims', async () => {
    const { code, output } = await site.run(['camera', 'discover', '--json']);
    assert.equal(code, 0, output);
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string } & Found);
    const expected = { address: '127.0.0.1', service: service(), name: 'Front door [31m', model: 'Model-7' };
    assert.deepEqual(
      lines.filter(({ address }) => address === '127.0.0.1'),
      [{ event: 'camera', ...expected, configured: false }],
    );
    const answer = await system.ask('/api/cameras/discover');
    assert.equal(answer.status, 200);
    const { cameras } = answer.json<{ cameras: Found[] }>();
    assert.deepEqual(
      cameras.filter(({ address }) => address === '127.0.0.1'),
      [{ ...expected, configured: false }],
    );
  });

  it('is looked for by admins only', async () => {
    const basic = Buffer.from('viewer:correct horse battery 2').toString('base64');
    const { status } = await system.ask('/api/cameras/discover', {
      headers: { cookie: '', authorization: `Basic ${basic}` },
    });
    assert.equal(status, 403);
  });

  it('tells its streams to an admin who found it, and a password goes nowhere else', async () => {
    const ask = (body: unknown) => system.ask('/api/cameras/onvif', { method: 'POST', body });
    const answer = await ask({ service: service(), ...credentials });
    assert.equal(answer.status, 200, answer.body.toString());
    assert.deepEqual(answer.json(), {
      source: 'rtsp://127.0.0.1:9554/main?a=1&b=2',
      substream: 'rtsp://127.0.0.1:9554/sub',
    });
    const wrong = await ask({ service: service(), username: credentials.username, password: 'wrong' });
    assert.match(wrong.json<{ detail: string }>().detail, /refuses the user name or password/);
    const metadata = await ask({ service: 'http://169.254.169.254/latest', ...credentials });
    assert.equal(metadata.json<{ code: string }>().code, 'network/address-refused');
    const loopback = await ask({ service: 'http://127.1.1.1:1@127.0.0.1/', ...credentials });
    assert.equal(loopback.status, 422);
  });

  it('is added with its main stream and the smaller one for detection, on its own host', async () => {
    const wrong = await site.run(
      ['camera', 'add', 'Door', '--onvif', `onvif%20user@127.0.0.1:${device.port}`, '--password-stdin'],
      'wrong\n',
    );
    assert.equal(wrong.code, 1, wrong.output);
    assert.match(wrong.output, /refuses the user name or password/);
    const added = await site.run(
      ['camera', 'add', 'Door', '--onvif', `onvif%20user@127.0.0.1:${device.port}`, '--password-stdin'],
      `${credentials.password}\n`,
    );
    assert.equal(added.code, 0, added.output);
    assert.match(added.output, /main stream: rtsp:\/\/127\.0\.0\.1:9554\/main\S* \(H264 1920x1080\)/);
    const text = await readFile(site.configuration, 'utf8');
    assert.match(text, /source: "?rtsp:\/\/127\.0\.0\.1:9554\/main\?a=1&b=2"?\n/);
    assert.match(text, /substream: "?rtsp:\/\/127\.0\.0\.1:9554\/sub"?\n/);
    assert.match(text, /# kept/);
    assert.equal((text + added.output).includes(credentials.password), false);
    await eventually('the running system has the camera', async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: { id: string }[] }>();
      return cameras.find(({ id }) => id === 'door');
    });
  });

  it('is not believed when it sends us to another host', async () => {
    await using liar = await OnvifDevice.start({
      ...{ ...credentials, streams: [] },
      claims: 'http://192.168.1.1/router http://169.254.169.254/latest file:///etc/passwd http://user@127.0.0.1/',
    });
    const { output } = await site.run(['camera', 'discover', '--json']);
    assert.ok(liar.requests.length === 0);
    assert.doesNotMatch(output, /192\.168\.1\.1|169\.254|passwd|user@/);
  });
});
