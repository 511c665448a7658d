import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../base/problem.ts';
import type { Config, Override } from './load.ts';
import { knownKeys, loadConfig } from './load.ts';
import type { ConfigError } from './problems.ts';
import { configErrorsOf } from './problems.ts';
import { configurationReference } from './reference.ts';
import { rootSchema } from './schema.ts';

function load(text: string | undefined, overrides: readonly Override[] = []): Config {
  return loadConfig({ text, file: 'surveillance.yml', directory: '/srv/cctv', userHome: '/home/ann', overrides });
}

function errors(text: string, overrides: readonly Override[] = []): readonly ConfigError[] {
  try {
    load(text, overrides);
  } catch (error) {
    const found = configErrorsOf(error);
    assert.ok(found.length > 0, String(error));
    return found;
  }
  return assert.fail('no error');
}

/** The one error that a text has. */
function fault(text: string): ConfigError {
  const found = errors(text);
  assert.equal(found.length, 1, JSON.stringify(found));
  return found[0]!;
}

test('gives every key its default where there is no file, an empty one or only comments', () => {
  for (const text of [undefined, '', '# nothing\n', '---\n', '\ufeff', 'network:\n']) {
    const config = load(text);
    assert.equal(config.network.bind, '127.0.0.1');
    assert.equal(config.detection.port, 8080);
    assert.equal(config.detection.confidence, null);
    assert.equal(config.recording.recordings_dir, '/home/ann/video-feed-recordings');
    assert.equal(config.advanced.mediamtx.rtsps_port, 8322);
    assert.equal(config.security.require_auth, true);
    assert.deepEqual(config.cameras, []);
  }
});

test('freezes all of it', () => {
  const config = load('cameras: [video/yard]');
  assert.throws(() => {
    (config.cameras[0]!.recording.retention as { days: unknown }).days = 1;
  }, TypeError);
});

test('reads the keys that the first life had', () => {
  const config = load(`
cameras:
  - video/front-door
network: { bind: "127.0.0.1", api_port: 3333, allowed_networks: ["192.168.0.0/16", "fd00::/8"], block_external: true }
detection:
  enabled: true
  port: 8080
  model: ""
  confidence: 0.4
  resolution: { width: 960, height: 540 }
  stream: { buffer_size: 10, reconnect_interval: 5 }
  filters: { classes: [person], min_area: null, max_area: null }
appearance:
  box: { thickness: 2, color: roboflow }
  label: { text_scale: 0.5, text_thickness: 1, text_padding: 10, position: top_left, border_radius: 0 }
recording: { enabled: true, min_confidence: 0.5, pre_buffer_seconds: 10, post_buffer_seconds: 10,
  max_storage_gb: 10.0, recordings_dir: "~/video-feed-recordings", record_objects: [] }
security: { use_tls: true, tls_key: "", tls_cert: "", require_auth: true, session_timeout: 3600,
  max_login_attempts: 5, lockout_duration: 300, publisher_can_view: false }
advanced:
  debug: false
  mediamtx: { rtsp_port: 8554, rtsps_port: 8322, hls_port: 8888 }
  performance: { max_detectors: 10, thread_pool_size: 3 }
`);
  assert.equal(config.detection.confidence, 0.4);
  assert.deepEqual(config.notices, []);
  const [camera] = config.cameras;
  assert.deepEqual(
    [camera!.id, camera!.path, camera!.name, camera!.kind],
    ['front-door', 'video/front-door', 'Front door', 'publish'],
  );
});

test('names file, line, column, key, what was found and what is allowed, and all faults at once', () => {
  const found = errors('network:\n  bind: here\n  api_port: "many"\nrecording:\n  pre_buffer_seconds: -1\n');
  assert.deepEqual(found, [
    { file: 'surveillance.yml', line: 2, column: 9, key: 'network.bind', found: '"here"', allowed: 'an IP address' },
    {
      file: 'surveillance.yml',
      line: 3,
      column: 13,
      key: 'network.api_port',
      found: '"many"',
      allowed: 'a whole number from 0 to 65535',
    },
    {
      file: 'surveillance.yml',
      line: 5,
      column: 23,
      key: 'recording.pre_buffer_seconds',
      found: '-1',
      allowed: 'a number from 0 to 120',
    },
  ]);
});

test('refuses unknown keys with the nearest known name, or the section where it lives', () => {
  assert.equal(fault('netwrok: {}').hint, 'did you mean network?');
  assert.equal(fault('network: { bnid: 127.0.0.1 }').hint, 'did you mean network.bind?');
  assert.equal(fault('rtsp_port: 8554').hint, 'did you mean advanced.mediamtx.rtsp_port?');
  assert.equal(fault('xylophone: 1').hint, undefined);
  assert.equal(fault('cameras: [{ path: video/a, sorce: x }]').hint, 'did you mean cameras[0].source?');
});

test('refuses keys of the language itself', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', 'toString', '"__proto__"', '<<'])
    assert.equal(fault(`${key}: { polluted: true }`).found, 'an unknown key');
  assert.equal(fault('network: { __proto__: { bind: 0.0.0.0 } }').line, 1);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('refuses a key given twice', () => {
  const twice = fault('security:\n  require_auth: true\n  require_auth: false\n');
  assert.deepEqual([twice.line, twice.key, twice.found], [3, 'security.require_auth', 'the key a second time']);
});

test('refuses what only attacks and accidents need, with its line, before a parser builds it', () => {
  const bomb = Array.from(
    { length: 9 },
    (_, i) =>
      `a${i}: &a${i} [${
        i === 0
          ? 'x'
          : Array(9)
              .fill(`*a${i - 1}`)
              .join(', ')
      }]`,
  ).join('\n');
  const texts: readonly (readonly [string, RegExp, number])[] = [
    [bomb, /anchor/, 1],
    ['network:\n  bind: !!js/function "x"\n', /tag/, 2],
    ['%TAG ! tag:x,2000:\n---\nnetwork: {}', /directive/, 1],
    ['['.repeat(200_000), /too deep/, 1],
    ['{a: '.repeat(60_000), /too deep/, 1],
    ['- '.repeat(100_000), /too deep/, 1],
    ['? '.repeat(100_000), /too deep/, 1],
    ['&a '.repeat(80_000), /anchor/, 1],
    ['#'.repeat(300_000), /KiB/, 1],
    ['network:\n  bind: "\u0000"', /control/, 2],
    ['a: 1\n---\nb: 2\n', /YAML/, 2],
  ];
  for (const [text, found, line] of texts) {
    const error = errors(text)[0]!;
    assert.match(error.found, found, text.slice(0, 40));
    assert.equal(error.line, line, text.slice(0, 40));
  }
});

test('keeps stars, ampersands and exclamation marks inside text', () => {
  assert.equal(load('cameras: [{ name: "Tom & Jerry! *", path: video/a }] # & * !').cameras[0]!.name, 'Tom & Jerry! *');
});

test('has no more than fifty errors, however many there are', () => {
  assert.equal(errors(Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n')).length, 50);
});

test('takes flags above the file, and names the flag where its value is wrong', () => {
  const config = load('network: { bind: 127.0.0.1 }\ncameras: [{ path: video/a, recording: { enabled: true } }]', [
    { key: 'network.bind', value: '0.0.0.0', option: '--bind' },
    { key: 'recording.enabled', value: false, option: '--no-recording' },
  ]);
  assert.equal(config.network.bind, '0.0.0.0');
  assert.equal(config.cameras[0]!.recording.enabled, false, 'a flag wins over the camera too');
  const [error] = errors('', [{ key: 'network.api_port', value: 70_000, option: '--api-port' }]);
  assert.deepEqual([error!.option, error!.line, error!.found], ['--api-port', undefined, '70000']);
});

test("lays a camera's own keys over the global sections one by one", () => {
  const config = load(`
recording: { pre_buffer_seconds: 3, retention: { days: 30, max_gb: 5 } }
detection: { filters: { classes: [person], min_area: 10 } }
cameras:
  - video/plain
  - { name: Yard, source: "rtsps://192.0.2.10:322/stream1", recording: { retention: { days: 7 } }, detection: { filters: { classes: [vehicle] } } }
`);
  const [plain, yard] = config.cameras;
  assert.deepEqual(plain!.recording.retention, { days: 30, classes: [], max_gb: 5 });
  assert.deepEqual(yard!.recording.retention, { days: 7, classes: [], max_gb: 5 });
  assert.equal(yard!.recording.pre_buffer_seconds, 3);
  assert.deepEqual(yard!.detection.filters, { classes: ['vehicle'], min_area: 10, max_area: null });
  assert.deepEqual([yard!.id, yard!.path, yard!.kind], ['yard', 'video/yard', 'pull']);
});

test('refuses global keys under a camera', () => {
  assert.equal(fault('cameras: [{ path: video/a, recording: { max_storage_gb: 1 } }]').found, 'an unknown key');
});

test('refuses two cameras of one id, path or name', () => {
  assert.match(fault('cameras:\n  - video/a\n  - video/a\n').found, /second time/);
  assert.equal(fault('cameras:\n  - video/a\n  - { name: A, path: video/b }\n').line, 3);
  assert.match(fault('cameras:\n  - { name: X, path: video/a }\n  - { name: Y, path: video/a }\n').key, /path/);
});

test('refuses camera paths outside the alphabet', () => {
  for (const path of ['../etc', 'video/..', 'a//b', '/a', 'a b', 'vidéo', 'a?b', 'a%2e', '.', `${'a'.repeat(201)}`])
    assert.match(fault(`cameras: [${JSON.stringify(path)}]`).allowed, /letters/, path);
  assert.match(fault('cameras: ["---"]').found, /nothing that an id/);
});

test('never prints a secret that stands where none may', () => {
  const planted = 'hunter2hunter2';
  for (const text of [
    `cameras: [{ path: video/a, source: "rtsp://u:${planted}@192.0.2.1/" }]`,
    `cameras: [{ path: video/a, source: "rtsp://192.0.2.1/user=a&password=${planted}" }]`,
    `cameras: ["rtsp://u:${planted}@192.0.2.1/"]`,
    `redis: { url: "redis://:${planted}@host" }`,
    `catalog: { url: "postgres://u:${planted}@host/db" }`,
    `catalog: { url: "postgres://host/db?password=${planted}" }`,
    `network: { bind: "x://u:${planted}@h" }`,
    `password: ${planted}`,
  ]) {
    assert.ok(!JSON.stringify(errors(text)).includes(planted), text);
    assert.throws(
      () => load(text),
      (error) => error instanceof Problem && !error.message.includes(planted),
    );
  }
});

test('takes zones and lines, and refuses those that could never happen or have one name', () => {
  const zone = (text: string) => `cameras:\n  - { path: video/a, zones: [${text}] }`;
  const line = load(zone('{ name: Fence, points: [[0.1, 0.5], [0.9, 0.5]], direction: to_left }')).cameras[0]!
    .zones[0]!;
  assert.deepEqual([line.trigger, line.direction, line.stay_seconds, line.classes], ['cross', 'to_left', 10, []]);
  assert.match(fault(zone('{ name: A, points: [[0, 0], [1, 1]], trigger: stay }')).found, /a line, with trigger stay/);
  const area = '{ name: A, points: [[0, 0], [1, 0], [1, 1]] }';
  assert.match(fault(zone(`${area}, ${area}`)).found, /second time/);
  assert.match(fault(zone('{ name: A, points: [[0, 0], [1, 0], [1, 1.5]] }')).key, /points/);
});

test('refuses keys that contradict each other', () => {
  assert.equal(fault('security: { tls_key: /a }').key, 'security.tls_key');
  assert.equal(fault('network: { bind: 0.0.0.0 }\nsecurity: { require_auth: false }').line, 2);
  assert.equal(
    load('network: { bind: 0.0.0.0, allow_insecure: true }\nsecurity: { use_tls: false }').security.use_tls,
    false,
  );
  assert.match(fault('network: { api_port: 8080 }').found, /8080/);
  assert.deepEqual(load('network: { api_port: 0 }\ndetection: { port: 0 }').detection.port, 0);
});

test('tells what nothing stands behind yet', () => {
  assert.deepEqual(load('redis: { url: redis://localhost }').notices, ['redis']);
});

test('resolves paths from the place of the file', () => {
  const config = load('security: { tls_key: certs/my.key, tls_cert: ~/my.crt }\nrecording: { recordings_dir: ./rec }');
  assert.deepEqual(
    [config.security.tls_key, config.security.tls_cert, config.recording.recordings_dir],
    ['/srv/cctv/certs/my.key', '/home/ann/my.crt', '/srv/cctv/rec'],
  );
});

test('takes any text and gives a configuration or its own error', () => {
  const words = fc.constantFrom(
    ...knownKeys(rootSchema).map((key) => key.split('.').at(-1)!),
    ':',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '"',
    '1',
    'null',
    '&a',
    '*a',
    '!t',
    '|',
    '>',
    '#',
    ',',
    '?',
    '\t',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        load(text);
      } catch (error) {
        for (const { line, found } of configErrorsOf(error)) assert.ok(found !== '' && line !== 0);
        return configErrorsOf(error).length > 0;
      }
      return true;
    }),
    { numRuns: 500 },
  );
});

test("docs/configuration.md is the schema's (else: node tools/reference.ts)", () => {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'configuration.md');
  assert.equal(readFileSync(file, 'utf8'), configurationReference());
});

test('takes a substream on the host of its source only: the password goes there', () => {
  const source = 'rtsp://10.0.0.5/main';
  assert.doesNotThrow(() =>
    load(`cameras: [{ path: video/a, source: "${source}", substream: "rtsp://10.0.0.5:8554/sub" }]`),
  );
  assert.match(
    fault(`cameras: [{ path: video/a, source: "${source}", substream: "rtsp://10.0.0.6/sub" }]`).found,
    /host/,
  );
  assert.match(fault('cameras: [{ path: video/a, substream: "rtsp://10.0.0.6/sub" }]').found, /host/);
});
