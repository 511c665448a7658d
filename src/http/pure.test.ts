import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AccountId, CameraId, RecordingId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import { tryCursor, writeCursor } from '../catalog/pages.ts';
import { parseDate, zoneOffsets } from './dates.ts';
import { isRecordingPath, targetFault } from './gate/target.ts';
import { networkPolicy, plainAddress } from './network-policy.ts';
import { PlaybackLog } from './playback-log.ts';
import { noneMatch, parseRange } from './range.ts';
import { isPage } from './routes/pages.ts';
import { TestParts } from './testing/parts.ts';

test('gives for any range header the whole, a part inside the file, or 416', () => {
  const header = fc.oneof(
    fc.string(),
    fc.string().map((text) => `bytes=${text}`),
    fc.tuple(fc.option(fc.nat(), { nil: '' }), fc.option(fc.nat(), { nil: '' })).map(([a, b]) => `bytes=${a}-${b}`),
  );
  fc.assert(
    fc.property(header, fc.nat(), (text, size) => {
      const range = parseRange(text, size);
      if (range.kind === 'part') assert.ok(range.start >= 0 && range.start < range.end && range.end <= size);
    }),
  );
});

test('agrees with a slice of the bytes for every well-formed range', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(60), fc.nat(60), (bytes, first, last) => {
      const read = (text: string) => {
        const range = parseRange(text, bytes.length);
        return range.kind === 'part' ? [...bytes.subarray(range.start, range.end)] : range.kind;
      };
      const all = [...bytes];
      const wanted = first > last || first >= all.length ? 'unsatisfiable' : all.slice(first, last + 1);
      assert.deepEqual(read(`bytes=${first}-${last}`), wanted);
      assert.deepEqual(read(`bytes=${first}-`), first >= all.length ? 'unsatisfiable' : all.slice(first));
      assert.deepEqual(read(`bytes=-${last}`), last === 0 ? 'unsatisfiable' : all.slice(-last));
    }),
  );
  assert.equal(parseRange('bytes=0-1,3-4', 10).kind, 'whole');
  assert.equal(parseRange('lines=0-1', 10).kind, 'whole');
  assert.equal(parseRange('bytes=', 10).kind, 'unsatisfiable');
  assert.equal(parseRange('bytes=0-', 0).kind, 'unsatisfiable');
});

test('compares entity tags weakly and one by one', () => {
  assert.equal(noneMatch('"a", W/"b"', '"b"'), true);
  assert.equal(noneMatch('*', '"b"'), true);
  assert.equal(noneMatch('"bb"', '"b"'), false);
  assert.equal(noneMatch(undefined, '"b"'), false);
});

test('lets loopback and the listed networks in, whatever the spelling of the address', () => {
  const listed = networkPolicy({
    allowedNetworks: ['192.168.0.0/16', '100.64.0.0/10', '2001:db8::/32', '::ffff:10.0.0.0/104'],
    blockExternal: true,
  });
  for (const address of [
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '192.168.255.1',
    '100.127.0.1',
    '2001:db8::5',
    '10.1.2.3',
    plainAddress('::ffff:192.168.1.1'),
    plainAddress('::FFFF:C0A8:0101'),
  ])
    assert.equal(listed(address), true, address);
  for (const address of [
    '192.169.0.1',
    '172.16.0.1',
    '100.128.0.1',
    '2001:db9::1',
    '8.8.8.8',
    '',
    'localhost',
    'fe80::1',
  ])
    assert.equal(listed(address), false, address);
  assert.equal(listed('127.0.0.1', false), false, 'a proxy may hide behind loopback');
});

test('without a list blocks the Internet or nobody', () => {
  const home = networkPolicy({ allowedNetworks: [], blockExternal: true });
  for (const address of ['10.0.0.1', '172.31.0.1', '192.168.1.1', 'fd00::1', 'fe80::1', '127.0.0.1'])
    assert.equal(home(address), true, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '2a00::1', '100.64.0.1']) assert.equal(home(address), false, address);
  assert.equal(networkPolicy({ allowedNetworks: [], blockExternal: false })('8.8.8.8'), true);
});

test('refuses what is no network', () => {
  for (const network of ['10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', 'example.org', '10.0.0', '::/129', ''])
    assert.throws(() => networkPolicy({ allowedNetworks: [network], blockExternal: true }), Problem, network);
});

test('reads dates in the configured zone, and a bare end date to the end of its day', () => {
  const at = (text: string, edge: 'start' | 'end' = 'start', zone = 'Europe/Berlin') =>
    new Date(parseDate(text, zone, edge)).toISOString();
  assert.equal(at('2026-11-24'), '2026-11-23T23:00:00.000Z');
  assert.equal(at('2026-11-24', 'end'), '2026-11-24T23:00:00.000Z');
  assert.equal(at('2026-07-01T12:00'), '2026-07-01T10:00:00.000Z');
  assert.equal(at('2026-11-24T12:00:00Z'), '2026-11-24T12:00:00.000Z');
  assert.equal(at('2026-11-24T12:00:00.5+05:30'), '2026-11-24T06:30:00.500Z');
  assert.equal(at('2026-11-24T12:00:00-0130'), '2026-11-24T13:30:00.000Z');
  // the day of 25 hours
  assert.equal(at('2026-10-25'), '2026-10-24T22:00:00.000Z');
  assert.equal(at('2026-10-25', 'end'), '2026-10-25T23:00:00.000Z');
});

test('reads any text as a date or refuses it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\dT?\d?\d?:?\d*$/)), (text) => {
      try {
        assert.ok(Number.isFinite(parseDate(text, 'UTC', 'end')));
      } catch (error) {
        assert.ok(error instanceof Problem, String(error));
      }
    }),
  );
});

test('takes only paths of our own form under /recordings/, for any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z./%\\-]{0,40}\.mp4$/)), (text) => {
      if (targetFault(`/recordings/${text}`) !== undefined) return;
      const path = text.replace(/\?.*$/s, '');
      assert.ok(isRecordingPath(path));
      assert.ok(!/%|\\|\.\.|\/\/|^\/|^\.|\/\./.test(path), path);
    }),
  );
});

test('knows the dashboard’s pages', () => {
  for (const path of ['/', '/events', '/events/7']) assert.equal(isPage(path), true, path);
  for (const path of ['/events/', '/events/7/x', '/api/session', '', '//']) assert.equal(isPage(path), false, path);
});

test('notes a viewer and a clip once in ten minutes', async () => {
  const parts = new TestParts();
  let now = 0;
  const log = new PlaybackLog(parts.audit, { monotonicMs: () => now });
  const ann = { accountId: 1 as AccountId, username: 'ann', role: 'admin', cameras: 'all', via: 'basic' } as const;
  const file = (recording: number, kind: 'clip' | 'thumbnail' = 'clip') => ({
    recording: recording as RecordingId,
    camera: 'yard' as CameraId,
    kind,
    sizeBytes: 1,
    contentType: 'video/mp4' as const,
    etag: '"x"',
    read: () => assert.fail('not read'),
  });
  for (const recording of [1, 1, 2]) await log.note(ann, '127.0.0.1', file(recording));
  for (const recording of [1, 2, 3]) await log.note(ann, '127.0.0.1', file(recording, 'thumbnail'));
  await log.note({ ...ann, sessionId: 's' }, '127.0.0.1', file(1));
  now = 10 * 60_000;
  await log.note(ann, '127.0.0.1', file(1));
  assert.deepEqual(
    parts.entries.map(({ kind, detail }) => [kind, detail?.['recording']]),
    [
      ['recording.viewed', 1],
      ['recording.viewed', 2],
      ['thumbnails.viewed', undefined],
      ['recording.viewed', 1],
      ['recording.viewed', 1],
    ],
  );
});

test('tells over any stretch what a zone is ahead of UTC', () => {
  const hour = 3_600_000;
  const year = zoneOffsets(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1), 'Europe/Berlin');
  assert.deepEqual(year, [
    { from: Date.UTC(2026, 0, 1), before: Date.UTC(2026, 2, 29, 1), offsetMs: hour },
    { from: Date.UTC(2026, 2, 29, 1), before: Date.UTC(2026, 9, 25, 1), offsetMs: 2 * hour },
    { from: Date.UTC(2026, 9, 25, 1), before: Date.UTC(2027, 0, 1), offsetMs: hour },
  ]);
  assert.equal(zoneOffsets(0, 40 * 366 * 24 * hour, 'Etc/UTC').length, 1);
  assert.deepEqual(zoneOffsets(5, 5, 'Europe/Berlin'), []);
});

test('takes only its own cursors', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(), (value, id) => {
      // JSON knows no negative zero.
      assert.deepEqual(tryCursor(writeCursor({ value, id })), { value: value + 0, id });
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = tryCursor(text);
      if (read !== undefined) assert.ok(Number.isFinite(read.value) && Number.isSafeInteger(read.id));
    }),
  );
});
