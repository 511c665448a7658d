import assert from 'node:assert/strict';
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { AuditEntry, AuditEvent } from '../audit/entry.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openCatalog } from '../catalog/catalog.ts';
import { box, fullBox } from '../media/boxes.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { FernetKey } from '../vault/fernet.ts';
import { MemoryLedger } from '../vault/testing/memory-ledger.ts';
import type { Vault } from '../vault/vault.ts';
import { openVault } from '../vault/vault.ts';
import { Mp4Probe } from './import/mp4-probe.ts';
import type { Imported, ImportParts, ImportWish } from './import.ts';
import { importRecordings } from './import.ts';
import { Playback } from './playback.ts';
import { recoverRecordings } from './recovery.ts';
import { reindex } from './reindex.ts';
import { verifyRecordings } from './verify.ts';

const now = Date.UTC(2026, 10, 24, 12);
const clock = { now: () => now, monotonicMs: () => 0 };
const open = new AbortController().signal;
const dayMs = 86_400_000;

/** `ftyp`, `mdat`, `moov`, as a camera program of old writes them: 640 × 360, five seconds. */
function mp4(content: Uint8Array): Buffer {
  const movie = Buffer.alloc(96);
  movie.writeUInt32BE(1000, 8);
  movie.writeUInt32BE(5000, 12);
  const track = Buffer.alloc(80);
  track.writeUInt16BE(640, 72);
  track.writeUInt16BE(360, 76);
  return Buffer.concat([
    box('ftyp', Buffer.from('isom\0\0\0\0isom')),
    box('mdat', content),
    box('moov', fullBox('mvhd', 0, 0, movie), box('trak', fullBox('tkhd', 0, 0, track))),
  ]);
}

function fernet(key: Buffer, plain: Uint8Array): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const head = Buffer.concat([Buffer.of(0x80), Buffer.alloc(8), iv]);
  const signed = Buffer.concat([head, cipher.update(plain), cipher.final()]);
  const token = Buffer.concat([signed, createHmac('sha256', key.subarray(0, 16)).update(signed).digest()]);
  return Buffer.from(token.toString('base64').replaceAll('+', '-').replaceAll('/', '_'));
}

describe('Fernet', () => {
  it('opens what was sealed, in pieces of any size, and nothing that was changed', async () => {
    const secret = randomBytes(32);
    const key = new FernetKey(new Secret(secret.toString('base64url')));
    async function* cut(token: Buffer, size: number) {
      for (let at = 0; at < token.length; at += size) yield token.subarray(at, at + size);
    }
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 70 }),
        fc.nat(),
        async (plain, size, at) => {
          const token = fernet(secret, plain);
          const opened = Buffer.concat(await Array.fromAsync(key.open(cut(token, size))));
          assert.deepEqual(opened, Buffer.from(plain));
          const bytes = Buffer.from(token.toString(), 'base64url');
          bytes[at % bytes.length]! ^= 1;
          const changed = Buffer.from(bytes.toString('base64url'));
          await assert.rejects(Array.fromAsync(key.open(cut(changed, size))), { code: 'vault/damaged' });
          // Without the padding, which says nothing
          const bare = token.subarray(0, token.toString().replaceAll('=', '').length);
          const short = bare.subarray(0, at % bare.length);
          await assert.rejects(Array.fromAsync(key.open(cut(short, size))), { code: 'vault/damaged' });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes a token of the specification', async () => {
    const key = new FernetKey(new Secret('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4='));
    const token =
      'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';
    async function* one() {
      yield Buffer.from(token);
    }
    assert.equal(Buffer.concat(await Array.fromAsync(key.open(one()))).toString(), 'hello');
  });
});

describe('the look at an MP4', () => {
  const facts = { width: 640, height: 360, durationMs: 5000 };

  it('says size and length whatever pieces it comes in, and knows one that was cut', () => {
    const whole = mp4(randomBytes(500));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(whole.length - 1), (size, cut) => {
        const looked = (bytes: Buffer) => {
          const probe = new Mp4Probe();
          for (let at = 0; at < bytes.length; at += size) probe.push(bytes.subarray(at, at + size));
          return probe.end();
        };
        assert.deepEqual(looked(whole), facts);
        assert.equal(looked(whole.subarray(0, cut)), undefined);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const probe = new Mp4Probe();
        probe.push(bytes);
        probe.end();
      }),
    );
  });
});

describe('recordings of the first life', () => {
  let base: string;
  let count = 0;
  let directory: string;
  let catalog: Catalog;
  let store: ObjectStore;
  let vault: Vault;
  let entries: AuditEntry[];
  let parts: ImportParts;

  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'sentrix-import-'));
  });
  after(() => rm(base, { recursive: true, force: true }));
  beforeEach(async () => {
    const place = join(base, String(count++));
    directory = join(place, 'old');
    await mkdir(join(directory, 'Back yard'), { recursive: true });
    store = await openDiskStore(join(place, 'recordings'));
    catalog = await openCatalog({ file: join(place, 'c.db'), key: Buffer.alloc(32, 1), clock, log: silentLog });
    vault = await openVault({
      ...{ home: join(place, 'home'), recordings: store, ledger: new MemoryLedger(), encryption: {}, workFactor: 10 },
      ...{ clock, log: silentLog },
    });
    await vault.createOwner({ mode: 'keyfile' });
    entries = [];
    const audit = {
      append: async (event: AuditEvent) => {
        const sequence = entries.length;
        entries.push({ ...event, sequence, node: 'node', at: now });
        return { sequence };
      },
      async *read() {
        yield* entries;
      },
    };
    parts = { catalog, vault, store, audit, maxAgeMs: () => 30 * dayMs, clock, log: silentLog };
  });
  afterEach(async () => {
    await vault[Symbol.asyncDispose]();
    await catalog[Symbol.asyncDispose]();
  });

  const run = (wish: Partial<ImportWish> = {}): Promise<Imported> =>
    importRecordings(parts, { directory, remove: false, hold: false, by: { who: 'owner', from: null }, ...wish }, open);

  /** Two videos with rows (one with a picture), one without; all of yesterday. */
  async function fill(): Promise<readonly [Buffer, Buffer, Buffer]> {
    const videos = [mp4(randomBytes(200_000)), mp4(randomBytes(70_000)), mp4(randomBytes(10))] as const;
    await writeFile(join(directory, 'cam_1.mp4'), videos[0]);
    await writeFile(join(directory, 'cam_1.jpg'), Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3]));
    await writeFile(join(directory, 'cam_2.mp4'), videos[1]);
    await writeFile(join(directory, 'Back yard', 'motion_20261123_101112.mp4'), videos[2]);
    const database = new DatabaseSync(join(directory, 'recordings.db'));
    database.exec(`create table recordings (id integer primary key, timestamp text, stream_id text, stream_name text,
      file_path text, thumbnail_path text, duration real, objects_detected text, confidence real, retained integer)`);
    const insert = database.prepare('insert into recordings values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)');
    const objects = JSON.stringify([{ class: 'person', confidence: 0.75, bbox: [64, 36, 320, 180] }]);
    const old = '/home/pi/recordings';
    insert.run(
      1,
      '2026-11-23T08:00:00Z',
      'video/Front Door',
      'Front door',
      `${old}/cam_1.mp4`,
      null,
      4.5,
      objects,
      0.75,
    );
    insert.run(2, '2026-11-23T09:00:00Z', 'video/Front Door', 'Front door', `${old}/cam_2.mp4`, null, null, '[]', null);
    database.close();
    return videos;
  }

  async function listed() {
    const { recordings } = await catalog.recordingLists.list({ limit: 100, offset: 0, sortOrder: 'asc' }, 'all');
    return recordings;
  }

  async function played(file: string): Promise<Buffer> {
    const found = await new Playback({ recordings: catalog.recordings, vault }).open(file, 'all');
    return Buffer.concat(await Array.fromAsync(found!.read(0, found!.sizeBytes)));
  }

  it('come in whole, with time, camera, objects and picture, and once', async () => {
    const videos = await fill();
    assert.deepEqual(await run(), { imported: 3, known: 0, tooOld: 0, removed: 0, refused: [] });
    const all = await listed();
    const door = all.filter(({ camera }) => camera === ('front-door' as CameraId));
    assert.equal(door.length, 2);
    const [first, second] = door;
    assert.equal(first!.startAt, Date.UTC(2026, 10, 23, 8));
    assert.deepEqual([first!.endAt! - first!.startAt, second!.endAt! - second!.startAt], [4500, 5000]);
    assert.deepEqual(
      first!.objects.map(({ class: word, confidence, box: place }) => [word, confidence, place]),
      [['person', 0.75, [0.1, 0.1, 0.4, 0.4]]],
    );
    assert.equal((await played(first!.file)).subarray(0, videos[0].length).equals(videos[0]), true);
    assert.deepEqual((await played(first!.thumbnail!)).subarray(0, 2), Buffer.from([0xff, 0xd8]));
    const yard = all.find(({ camera }) => camera === ('back-yard' as CameraId))!;
    assert.equal(yard.startAt, new Date(2026, 10, 23, 10, 11, 12).getTime());
    async function* log() {
      yield* entries;
    }
    const verify = { recordingLists: catalog.recordingLists, store, entries: log };
    for (const one of await Array.fromAsync(verifyRecordings(verify, undefined, open)))
      assert.deepEqual(one.faults, []);
    // Nothing of the originals was touched, and none comes twice
    assert.equal((await readdir(directory)).length, 5);
    assert.deepEqual(await run(), { imported: 0, known: 3, tooOld: 0, removed: 0, refused: [] });
    assert.equal((await listed()).length, 3);
    // Not even one that was deleted here since
    await catalog.recordings.delete(first!.id, 'all');
    assert.equal((await run()).known, 3);
  });

  it('that are Fernet tokens come in with their key, and leave nothing where one was changed or the key is another', async () => {
    const key = randomBytes(32);
    const video = mp4(randomBytes(3_000_000));
    await writeFile(join(directory, 'a.mp4.enc'), fernet(key, video));
    await writeFile(join(directory, 'a.jpg.enc'), fernet(key, Buffer.from([0xff, 0xd8, 0xff])));
    const changed = fernet(key, mp4(randomBytes(100_000)));
    changed[90_000] = changed[90_000] === 65 ? 66 : 65;
    await writeFile(join(directory, 'b.mp4.enc'), changed);
    const without = await run();
    assert.deepEqual([without.imported, without.refused.length], [0, 2]);
    assert.match(without.refused[0]!.why, /its Fernet key was not found/);
    await writeFile(join(directory, 'other'), randomBytes(32).toString('base64url'));
    assert.equal((await run({ keyFile: join(directory, 'other') })).refused.length, 2);
    await writeFile(join(directory, '.encryption_key'), `${key.toString('base64url')}\n`);
    const done = await run();
    assert.equal(done.imported, 1);
    assert.deepEqual(done.refused, [{ name: 'b.mp4.enc', why: 'this file was changed, or is of another Fernet key' }]);
    const [only, ...more] = await listed();
    assert.deepEqual(more, []);
    assert.ok((await played(only!.file)).subarray(0, video.length).equals(video));
    assert.notEqual(only!.thumbnail, null);
    const files = (await Array.fromAsync(store.list(''))).filter(({ name }) => !name.startsWith('keys/'));
    assert.equal(files.length, 2);
  });

  it('that are no videos, or cut, are refused by name, and the others come', async () => {
    await fill();
    const cut = mp4(randomBytes(5000));
    await writeFile(join(directory, 'cut.mp4'), cut.subarray(0, cut.length - 1));
    await writeFile(join(directory, 'text.mp4'), 'not a video at all');
    const { imported, refused } = await run();
    assert.equal(imported, 3);
    assert.deepEqual(
      refused.map(({ name }) => name),
      ['cut.mp4', 'text.mp4'],
    );
  });

  it('that retention would delete at once stay where they are, unless they are to be held', async () => {
    await fill();
    parts = { ...parts, maxAgeMs: (camera) => (camera === ('front-door' as CameraId) ? dayMs / 2 : null) };
    assert.deepEqual(await run({ remove: true }), { imported: 1, known: 0, tooOld: 2, removed: 1, refused: [] });
    assert.ok((await readdir(directory)).includes('cam_1.mp4'));
    assert.equal((await run({ hold: true })).imported, 2);
    assert.equal((await listed()).filter(({ heldAt }) => heldAt !== null).length, 2);
  });

  it('are deleted only where that is asked, each when its recording is there', async () => {
    await fill();
    const { imported, removed } = await run({ remove: true });
    assert.deepEqual([imported, removed], [3, 3]);
    assert.deepEqual((await readdir(directory, { recursive: true })).toSorted(), [
      'Back yard',
      'cam_1.jpg',
      'recordings.db',
    ]);
  });

  it('go on where a crash stopped them, and leave no half of one', async () => {
    await fill();
    const failing = { ...parts.audit, append: async () => Promise.reject(new Error('the process dies')) };
    // Dies before the log has the second: nothing cleans up
    let appended = 0;
    const dying: ImportParts = {
      ...parts,
      store: { remove: async () => {} },
      catalog: {
        cameras: catalog.cameras,
        events: catalog.events,
        recordings: new Proxy(catalog.recordings, {
          get: (target, name) => {
            if (name === 'discard') return async () => {};
            const value: unknown = Reflect.get(target, name);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
      },
      audit: {
        ...parts.audit,
        append: async (event) => (++appended > 1 ? failing.append() : parts.audit.append(event)),
      },
    };
    const wish = { directory, remove: false, hold: false, by: { who: null, from: null } };
    await assert.rejects(importRecordings(dying, wish, open), /the process dies/);
    assert.equal((await catalog.recordings.open()).length, 1);
    await recoverRecordings({
      ...{ recordings: catalog.recordings, vault, store, log: silentLog },
      torn: () => assert.fail('it is not torn: its original is there'),
    });
    assert.equal((await catalog.recordings.open()).length, 0);
    assert.deepEqual(await run(), { imported: 2, known: 1, tooOld: 0, removed: 0, refused: [] });
    const clips = (await Array.fromAsync(store.list(''))).filter(({ name }) => name.endsWith('.mp4.age'));
    assert.equal(clips.length, 3);
  });

  it('are in a catalogue that is made anew from the files', async () => {
    await fill();
    await run();
    const before = await listed();
    await using other = await openCatalog({
      ...{ file: join(directory, 'new.sqlite-x'), key: Buffer.alloc(32, 1), clock, log: silentLog },
    });
    const found = await reindex({ catalog: other, vault, store, log: silentLog }, open);
    assert.deepEqual(found, { added: 3, known: 0, refused: 0 });
    const { recordings } = await other.recordingLists.list({ limit: 10, offset: 0, sortOrder: 'asc' }, 'all');
    assert.deepEqual(
      recordings.map(({ id, startAt, endAt, file, reason }) => ({ id, startAt, endAt, file, reason })),
      before.map(({ id, startAt, endAt, file, reason }) => ({ id, startAt, endAt, file, reason })),
    );
    assert.ok(before[0]!.id > (0 as RecordingId));
  });
});
