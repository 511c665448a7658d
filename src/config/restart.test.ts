import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Config } from './load.ts';
import { loadConfig } from './load.ts';
import { settingsForNextStart } from './restart.ts';

const read = (text: string): Config =>
  loadConfig({ text, file: 'surveillance.yml', directory: '/etc', userHome: '/root' });

it('names the settings that a reload does not change, and no others', () => {
  const before = read('cameras: [video/a]\ndetection: { port: 8080, confidence: 0.4 }\n');
  assert.deepEqual(settingsForNextStart(before, read('cameras: [video/b]\ndetection: { confidence: 0.5 }\n')), []);
  const after = read(
    'network: { hosts: [cam.example] }\nsecurity: { session_timeout: 60 }\ntimezone: Europe/Vienna\n' +
      'recording: { recordings_dir: /srv/video }\ndetection: { port: 9090 }\n',
  );
  assert.deepEqual(settingsForNextStart(before, after), [
    'network.hosts',
    'security.session_timeout',
    'timezone',
    'recording.recordings_dir',
    'detection.port',
  ]);
});
