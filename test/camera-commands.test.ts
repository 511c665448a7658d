/** `camera …` beside a running system: what a command adds is there at once, for the next command as well. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startCamera } from './support/camera.ts';
import { Site } from './support/sentrix.ts';
import { withoutFootage } from './support/shared.ts';

it('tests a camera that was added while the system ran', { skip: withoutFootage }, async () => {
  const camera = await startCamera({ clip: 'visits-sub.mp4' });
  const site = await Site.create(
    (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
  );
  const system = await site.start();
  try {
    const source = camera.urls[0]!.replace('rtsp://', 'rtsp://cam@');
    const add = (password: string) =>
      site.run(['camera', 'add', 'Yard', '--source', source, '--password-stdin'], `${password}\n`);
    const added = await add('wrong');
    assert.equal(added.code, 0, added.output);
    const refused = await site.run(['camera', 'test', 'yard', '--json']);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /"code":"camera\/unauthorized"/);
    assert.equal((await add('secret')).code, 0);
    const answered = await site.run(['camera', 'test', 'yard', '--json']);
    assert.equal(answered.code, 0, answered.output);
    assert.match(answered.output, /"event":"done","id":"yard","codec":"h264","width":640,"height":360/);
  } finally {
    await system.process.stop();
    await camera.process.stop();
    await site.remove();
  }
});
