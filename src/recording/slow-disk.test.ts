/** A real vault on a real disk of which every write takes a tenth of a second. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { openCatalog } from '../catalog/catalog.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import type { ObjectStore, OpenObject } from '../storage/object-store.ts';
import { openVault } from '../vault/vault.ts';
import { RecordedClip } from './recorded-clip.ts';
import { scanClip } from './scan-clip.ts';
import { memoryLedger } from './testing/memory-ledger.ts';

const door = 'door' as CameraId;
const startAt = Date.UTC(2026, 10, 24, 21);
const clock = { now: () => startAt, monotonicMs: () => 0 };
const format: VideoFormat = {
  ...{ kind: 'video', codec: 'h264', timeScale: 90_000, width: 64, height: 36, codecString: 'avc1.64001f' },
  configuration: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
  parameterSets: [],
};

let base: string;
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sentrix-slow-'));
});
after(() => rm(base, { recursive: true, force: true }));

/** What writes is late; counts how many writes went on at once of one object. */
function slow(store: ObjectStore): ObjectStore & { readonly writes: () => number; readonly most: () => number } {
  let writes = 0;
  let most = 0;
  const late = async <T>(work: () => Promise<T>): Promise<T> => {
    writes++;
    await sleep(100);
    return await work();
  };
  return {
    writes: () => writes,
    most: () => most,
    create: async (name) => {
      const object = await late(() => store.create(name));
      let now = 0;
      const alone = async <T>(work: () => Promise<T>): Promise<T> => {
        most = Math.max(most, ++now);
        try {
          return await late(work);
        } finally {
          now--;
        }
      };
      return {
        name,
        get sizeBytes() {
          return object.sizeBytes;
        },
        append: (bytes) => alone(() => object.append(bytes)),
        replaceTail: (bytes) => alone(() => object.replaceTail(bytes)),
        finish: () => alone(() => object.finish()),
        abandon: () => object.abandon(),
        [Symbol.asyncDispose]: () => object[Symbol.asyncDispose](),
      } satisfies OpenObject;
    },
    put: (name, bytes, options) => late(() => store.put(name, bytes, options)),
    putAll: (objects) => late(() => store.putAll(objects)),
    open: (name) => store.open(name),
    remove: (name) => store.remove(name),
    stat: (name) => store.stat(name),
    list: (prefix) => store.list(prefix),
    freeBytes: () => store.freeBytes(),
  };
}

it('records every picture on a disk that takes 100 ms a write, one write at a time, and waits for it in few', async () => {
  const store = slow(await openDiskStore(join(base, 'recordings')));
  await using catalog = await openCatalog({
    ...{ file: join(base, 'catalog.db'), key: Buffer.alloc(32, 1), clock, log: silentLog },
  });
  await catalog.cameras.ensure(door, 'Door');
  const vault = await openVault({
    ...{ home: join(base, 'home'), recordings: store, ledger: memoryLedger(), clock, log: silentLog },
    encryption: { mode: 'keyfile' },
  });
  await vault.createOwner({ mode: 'keyfile' });
  const sample = (frame: number): Sample => ({
    ...{ format, ptsTicks: frame * 6000, dtsTicks: frame * 6000, at: startAt + (frame * 1000) / 15 },
    ...{ keyframe: frame % 15 === 0, damaged: false, discontinuity: false, data: Buffer.alloc(100_000, frame) },
  });
  const problems: unknown[] = [];
  const subject = { camera: door, cameraName: 'Door', reason: 'continuous' } as const;
  const clip = new RecordedClip(
    sample(0),
    subject,
    { recordings: catalog.recordings, vault, clock, log: silentLog },
    {
      opened: () => {},
      finished: () => {},
      failed: (problem) => problems.push(problem),
    },
  );
  // 9 MB, faster than any camera; the tail is asked for all the while.
  for (let frame = 0; frame < 90; frame++) {
    clip.write(sample(frame));
    if (frame % 8 === 0) {
      void clip.flushTail();
      await new Promise(setImmediate);
    }
  }
  await clip.finished();
  assert.deepEqual(problems, []);
  const [recording] = (await catalog.recordingLists.list({ limit: 1, offset: 0 }, 'all')).recordings;
  assert.equal(recording?.state, 'finished');
  await using reader = await vault.openClip(`${recording.file}.age`);
  const scan = await scanClip(reader);
  assert.equal(scan?.index.tracks[0]?.samples.length, 90);
  assert.equal(store.most(), 1);
  // 140 chunks were sealed: they go to the disk in batches.
  assert.ok(store.writes() < 40, `${store.writes()} writes`);
});
