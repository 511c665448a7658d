/** The process is killed again and again while it changes the keys; the recordings open afterwards, each time. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, run, start } from './support/process.ts';
import { Site, sentrixBinary } from './support/sentrix.ts';

const rounds = 200;
/** A command takes about this long, most of it to start. */
const longestMs = 1500;

describe('kill -9 while the keys change', () => {
  let site: Site;
  let clip: string;

  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: continuous, pre_buffer_seconds: 0 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    const system = await site.start();
    await eventually(
      'something has been recorded',
      async () => {
        const { output } = await site.run(['recording', 'list', '--json']);
        return output.includes('"event":"recording"') ? true : undefined;
      },
      60_000,
    );
    await system.process.stop();
    const { output } = await site.run(['recording', 'list', '--json']);
    clip = join(site.recordings, `${(JSON.parse(output.split('\n')[0]!) as { file: string }).file}.age`);
  });

  after(() => site?.remove());

  it(`loses nothing in ${rounds} rounds`, async (context) => {
    const { output } = await run('age-keygen', []);
    const recipient = /age1\w+/.exec(output)![0];
    let finished = 0;
    for (let round = 0; round < rounds; round++) {
      const what = [['rotate'], ['escrow', 'add', recipient], ['escrow', 'remove', recipient]][round % 3]!;
      const args = ['key', ...what, '--config', site.configuration, '--home', site.home];
      const command = start(sentrixBinary, args, { stdin: '' });
      const wait = Math.round(Math.random() * longestMs);
      const timer = setTimeout(() => command.child.kill('SIGKILL'), wait);
      if ((await command.ended()) === 0) finished++;
      clearTimeout(timer);
      const status = await site.run(['key', 'status', '--json']);
      assert.equal(status.code, 0, `round ${round}, killed after ${wait} ms: ${status.output}`);
      const opened = await site.run(['recording', 'decrypt', '--torn', clip, '-o', '-']);
      assert.equal(opened.code, 0, `round ${round}, killed after ${wait} ms`);
      const left = (await readdir(join(site.home, 'keys'))).filter((name) => /next|switch/.test(name));
      assert.deepEqual(left, [], `round ${round}`);
    }
    context.diagnostic(`${finished} of ${rounds} came to their end`);
  });
});
