import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openCatalog } from '../catalog/catalog.ts';
import { recordingHead, recordingTail } from '../media/recording.ts';
import { IndexBuilder } from '../media/recording-index.ts';
import type { VideoFormat } from '../media/sample.ts';
import type { DiskStore } from '../storage/disk-store.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import type { Vault } from '../vault/vault.ts';
import { openVault } from '../vault/vault.ts';
import { Deletion } from './deletion.ts';
import { FactsFiles, readFactsFile } from './facts-file.ts';
import { clipName } from './names.ts';
import { reindex } from './reindex.ts';
import { memoryLedger } from './testing/memory-ledger.ts';

const door = 'door' as CameraId;
const startAt = Date.UTC(2026, 10, 24, 21);
const clock = { now: () => startAt + 60_000, monotonicMs: () => 0 };
const format: VideoFormat = {
  ...{ kind: 'video', codec: 'h264', timeScale: 90_000, width: 64, height: 36, codecString: 'avc1.64001f' },
  configuration: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
  parameterSets: [],
};

let base: string;
let recordings: string;
let count = 0;
let catalog: Catalog;
let store: DiskStore;
let vault: Vault;
let facts: FactsFiles;

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-facts-'));
});
after(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  catalog = await freshCatalog();
  recordings = join(base, `recordings-${count}`);
  store = await openDiskStore(recordings);
  vault = await openVault({
    ...{ home: join(base, `home-${count++}`), recordings: store, ledger: memoryLedger(), clock, log: silentLog },
    encryption: { mode: 'keyfile' },
  });
  await vault.createOwner({ mode: 'keyfile' });
  facts = new FactsFiles({ catalog, vault, store, log: silentLog });
});
afterEach(async () => {
  await vault[Symbol.asyncDispose]();
  await catalog[Symbol.asyncDispose]();
});

function freshCatalog(): Promise<Catalog> {
  return openCatalog({ file: join(base, `${count++}.db`), key: Buffer.alloc(32, 1), clock, log: silentLog });
}

/** A finished clip without pictures, which says of itself what a recorder's does. */
async function record(): Promise<{ readonly id: RecordingId; readonly file: string }> {
  await catalog.cameras.ensure(door, 'Door');
  const { id, file } = await catalog.recordings.create({
    ...{ camera: door, startAt, reason: 'event', width: 64, height: 36 },
    file: (made) => clipName(door, startAt, made),
  });
  const writer = await vault.createClip(`${file}.age`, { clipId: String(id), at: startAt });
  const said = { version: 1, recording: id, camera: door, name: 'Door', startAt, reason: 'event' };
  const head = recordingHead([format], said, { startAt, startTicks: 0 });
  await writer.write(head);
  const index = new IndexBuilder({ headBytes: head.length, timeScales: [format.timeScale] }).build();
  await writer.write(recordingTail(index, { version: 1, recording: id, endAt: startAt + 1000 }));
  const { plainBytes, sealedBytes, ciphertextSha256 } = await writer.finish();
  const end = { state: 'finished', endAt: startAt + 1000, tailOffset: head.length } as const;
  await catalog.recordings.finish(id, { ...end, plainBytes, sealedBytes, sha256: ciphertextSha256 });
  return { id, file };
}

async function names(): Promise<string[]> {
  const found = await Array.fromAsync(store.list('door/'));
  return found.map(({ name }) => name);
}

describe('facts beside a clip', () => {
  it('come back with the clip, whatever they say, and are sealed on the disk', async () => {
    const { id, file } = await record();
    const label = `'"\r\n<img src=x>\u202E🦊${'x'.repeat(4096)}`;
    await catalog.annotations.set(id, { labels: ['gate', label], note: '../../etc/passwd' });
    await catalog.recordings.setHold(id, startAt + 5, 'all');
    await facts.writeOf(id);
    assert.deepEqual(await catalog.factsDue.list(10), []);
    const sealed = await readFile(join(recordings, file.replace('.mp4', '.facts.age')), 'latin1');
    assert.match(sealed, /^age-encryption\.org\/v1\n/);
    assert.equal(sealed.includes('passwd'), false);
    await catalog[Symbol.asyncDispose]();
    catalog = await freshCatalog();
    const found = await reindex({ catalog, vault, store, log: silentLog }, new AbortController().signal);
    assert.deepEqual(found, { added: 1, known: 0, refused: 0 });
    const back = (await catalog.recordingLists.byId(id, 'all'))!;
    assert.deepEqual(
      [back.labels.toSorted(), back.note, back.heldAt],
      [[label, 'gate'].toSorted(), '../../etc/passwd', startAt + 5],
    );
    assert.deepEqual(await catalog.factsDue.list(10), []);
  });

  it('are replaced whole, say when all was taken back, and go with the clip', async () => {
    const { id, file } = await record();
    await facts.writeDue();
    assert.deepEqual(await names(), [`${file}.age`]);
    await catalog.annotations.set(id, { labels: ['one', 'two'], note: 'a note' });
    await facts.writeOf(id);
    await catalog.annotations.set(id, { labels: ['three'] });
    await facts.writeOf(id);
    assert.deepEqual(await readFactsFile({ vault, store }, file, id), {
      ...{ labels: ['three'], note: 'a note', heldAt: null },
    });
    await catalog.annotations.set(id, { labels: [], note: null });
    await facts.writeOf(id);
    assert.deepEqual(await readFactsFile({ vault, store }, file, id), { labels: [], note: null, heldAt: null });
    assert.equal((await names()).length, 2);
    assert.equal(await new Deletion({ recordings: catalog.recordings, store, facts }).remove(id, 'all'), true);
    assert.deepEqual(await names(), []);
    await facts.writeDue();
    assert.deepEqual(await names(), []);
  });

  it('are written later where the disk refuses them, the newest only', async () => {
    const { id, file } = await record();
    const full = async (): Promise<never> => {
      throw new Problem('storage/full', 'the disk for recordings is full', { status: 503 });
    };
    const refused = new FactsFiles({ catalog, vault: { sealObject: full }, store, log: silentLog });
    await catalog.annotations.set(id, { note: 'first' });
    await refused.writeOf(id);
    await catalog.annotations.set(id, { note: 'second' });
    await refused.writeDue();
    assert.equal((await catalog.factsDue.list(10)).length, 1);
    await facts.writeDue();
    assert.equal((await readFactsFile({ vault, store }, file, id))?.note, 'second');
    assert.deepEqual(await catalog.factsDue.list(10), []);
  });

  it('are not taken for done when another change came while they were written', async () => {
    const { id, file } = await record();
    const meanwhile = new FactsFiles({
      ...{ catalog, store, log: silentLog },
      vault: {
        sealObject: async (...given) => {
          const sealed = await vault.sealObject(...given);
          await catalog.annotations.set(id, { note: 'newer' });
          return sealed;
        },
      },
    });
    await catalog.annotations.set(id, { note: 'older' });
    await meanwhile.writeOf(id);
    assert.equal((await catalog.factsDue.list(10)).length, 1);
    await facts.writeDue();
    assert.equal((await readFactsFile({ vault, store }, file, id))?.note, 'newer');
  });

  it('of another clip, or damaged, are not believed; the clip is taken in without them', async () => {
    const { id, file } = await record();
    const name = `${file.replace('.mp4', '.facts')}.age`;
    const good = { version: 1, recording: id, labels: ['a'], note: null, heldAt: null };
    for (const bad of [
      JSON.stringify({ ...good, recording: id + 1 }),
      JSON.stringify({ ...good, labels: [7] }),
      JSON.stringify({ ...good, heldAt: 'now' }),
      JSON.stringify({ ...good, version: 2 }),
      'null',
      '{',
    ]) {
      await vault.sealObject(name, Buffer.from(bad), { at: startAt });
      await assert.rejects(readFactsFile({ vault, store }, file, id), { code: 'recording/bad-facts' }, bad);
    }
    await catalog[Symbol.asyncDispose]();
    catalog = await freshCatalog();
    const found = await reindex({ catalog, vault, store, log: silentLog }, new AbortController().signal);
    assert.equal(found.added, 1);
    assert.deepEqual((await catalog.recordingLists.byId(id, 'all'))!.labels, []);
  });
});
