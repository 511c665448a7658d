/** What somebody does to recordings that he can't read: each is named, and none is played. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { AuditEntry } from '../audit/entry.ts';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openCatalog } from '../catalog/catalog.ts';
import type { Sample, VideoFormat } from '../media/sample.ts';
import { openDiskStore } from '../storage/disk-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { MemoryLedger } from '../vault/testing/memory-ledger.ts';
import type { Vault } from '../vault/vault.ts';
import { openVault } from '../vault/vault.ts';
import { Playback } from './playback.ts';
import type { FinishedClip } from './recorded-clip.ts';
import { RecordedClip } from './recorded-clip.ts';
import { verifyRecordings } from './verify.ts';

const start = Date.UTC(2026, 10, 24, 21);
const clock = { now: () => start, monotonicMs: () => 0 };
const yard = 'yard' as CameraId;
const format: VideoFormat = {
  ...{ kind: 'video', codec: 'h264', timeScale: 90_000, width: 640, height: 360, codecString: 'avc1.64001f' },
  configuration: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
  parameterSets: [],
};

describe('a recording that somebody laid hands on', () => {
  let base: string;
  let root: string;
  let count = 0;
  let catalog: Catalog;
  let store: ObjectStore;
  let vault: Vault;
  let playback: Playback;
  let entries: AuditEntry[];
  let clips: [FinishedClip, FinishedClip];

  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'sentrix-tampering-'));
  });
  after(() => rm(base, { recursive: true, force: true }));
  beforeEach(async () => {
    const place = join(base, String(count++));
    root = join(place, 'recordings');
    store = await openDiskStore(root);
    catalog = await openCatalog({ file: join(place, 'c.db'), key: Buffer.alloc(32, 1), clock, log: silentLog });
    await catalog.cameras.ensure(yard, 'Yard');
    vault = await openVault({
      ...{ home: join(place, 'home'), recordings: store, ledger: new MemoryLedger(), encryption: {}, workFactor: 10 },
      ...{ clock, log: silentLog },
    });
    await vault.createOwner({ mode: 'keyfile' });
    playback = new Playback({ recordings: catalog.recordings, vault });
    entries = [];
    clips = [await record(0), await record(60_000)];
  });
  afterEach(async () => {
    await vault[Symbol.asyncDispose]();
    await catalog[Symbol.asyncDispose]();
  });

  /** Two seconds in pictures of 10 KB: five chunks. */
  async function record(afterMs: number): Promise<FinishedClip> {
    const done = Promise.withResolvers<FinishedClip>();
    const sample = (frame: number): Sample => ({
      ...{ format, ptsTicks: frame * 6000, dtsTicks: frame * 6000, at: start + afterMs + (frame * 1000) / 15 },
      ...{ keyframe: frame % 15 === 0, damaged: false, discontinuity: false },
      data: Buffer.concat([Buffer.from([0, 0, 0x27, 0x10, frame % 15 === 0 ? 0x65 : 0x41]), randomBytes(9999)]),
    });
    const subject = { camera: yard, cameraName: 'Yard', reason: 'event' } as const;
    const parts = { recordings: catalog.recordings, vault, clock, log: silentLog };
    const clip = new RecordedClip(sample(0), subject, parts, {
      opened: () => {},
      finished: done.resolve,
      failed: done.reject,
    });
    for (let frame = 0; frame < 30; frame++) clip.write(sample(frame));
    await clip.finished();
    const finished = await done.promise;
    const { id, sha256 } = finished;
    const entry = { sequence: entries.length, node: 'node', at: start, who: null, from: null, camera: yard };
    entries.push({ ...entry, kind: 'recording.finished', detail: { recording: id, sha256 } });
    return finished;
  }

  const pathOf = ({ file }: FinishedClip): string => join(root, `${file}.age`);

  async function faults(): Promise<Map<RecordingId, readonly string[]>> {
    async function* all() {
      yield* entries;
    }
    const parts = { recordingLists: catalog.recordingLists, store, entries: all };
    const found = await Array.fromAsync(verifyRecordings(parts, undefined, new AbortController().signal));
    return new Map(found.filter((one) => one.faults.length > 0).map((one) => [one.id, one.faults]));
  }

  /** What a player is given: bytes until the refusal, and its code and words. */
  async function play(
    { file }: FinishedClip,
    from = 0,
  ): Promise<{ bytes: number; size?: number; code?: string; detail?: string }> {
    let bytes = 0;
    let size: number | undefined;
    try {
      const found = (await playback.open(file, 'all'))!;
      size = found.sizeBytes;
      for await (const piece of found.read(from, size)) bytes += piece.length;
      return { bytes, size };
    } catch (error) {
      const { code, detail } = error as { code: string; detail: string };
      return { bytes, code, detail, ...(size === undefined ? {} : { size }) };
    }
  }

  it('is good, and plays to its end, where nobody did', async () => {
    assert.deepEqual(await faults(), new Map());
    const { bytes, size, code } = await play(clips[0]);
    assert.deepEqual([bytes, code], [size, undefined]);
  });

  it('plays up to the flipped bit and not a byte further, and is named', async () => {
    const path = pathOf(clips[0]);
    const sealed = await readFile(path);
    const at = 3 * 65_552;
    sealed[at]! ^= 1;
    await writeFile(path, sealed);
    const { bytes, size, code, detail } = await play(clips[0]);
    assert.equal(code, 'vault/damaged');
    assert.match(detail!, /was changed or is damaged|changed/);
    assert.ok(bytes > 65_536 && bytes < at && bytes < size!, `${bytes} bytes came`);
    // Who seeks behind it sees what is good there
    assert.deepEqual((await play(clips[0], size! - 1000)).code, undefined);
    assert.deepEqual(await faults(), new Map([[clips[0].id, ['the file was changed or cut']]]));
  });

  it('is refused before its first byte where it was cut, and is named', async () => {
    const { length } = await readFile(pathOf(clips[1]));
    for (const left of [length - 1, length - 70_000, 65_552 + 500]) {
      await truncate(pathOf(clips[1]), left);
      const { bytes, code, detail } = await play(clips[1]);
      assert.deepEqual([bytes, code], [0, 'recording/damaged'], String(left));
      assert.match(detail!, /the end of this recording is missing/);
    }
    assert.deepEqual(await faults(), new Map([[clips[1].id, ['the file was changed or cut']]]));
    await rm(pathOf(clips[1]));
    assert.equal((await play(clips[1])).code, 'storage/not-found');
    assert.deepEqual(await faults(), new Map([[clips[1].id, ['the file is gone']]]));
  });

  it('is not played in the place of another, also in the middle of playing, and both are named', async () => {
    const [one, two] = clips;
    const played = (await playback.open(one.file, 'all'))!;
    await rename(pathOf(one), join(root, 'aside'));
    await rename(pathOf(two), pathOf(one));
    await rename(join(root, 'aside'), pathOf(two));
    await assert.rejects(Array.fromAsync(played.read(0, played.sizeBytes)), { code: 'recording/damaged' });
    for (const [clip, other] of [
      [one, two],
      [two, one],
    ] as const) {
      const { bytes, code, detail } = await play(clip);
      assert.deepEqual([bytes, code], [0, 'recording/damaged']);
      assert.equal(detail, `the file of this recording is that of recording ${other.id}`);
    }
    assert.deepEqual(
      await faults(),
      new Map([
        [one.id, [`the file is that of recording ${two.id}`]],
        [two.id, [`the file is that of recording ${one.id}`]],
      ]),
    );
  });

  it('is named where a file of somebody else, sealed to the public key of the day, lies in its place', async () => {
    const forged = `${clips[0].file}.age`;
    await store.remove(forged);
    const writer = await vault.createClip(forged, { clipId: String(clips[0].id), at: start });
    await writer.write(randomBytes(100_000));
    await writer.finish();
    const { code, detail } = await play(clips[0]);
    assert.equal(code, 'recording/damaged');
    assert.match(detail!, /does not say whose it is/);
    assert.deepEqual(await faults(), new Map([[clips[0].id, ['the file was changed or cut']]]));
  });
});
