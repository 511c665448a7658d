import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { encodeClip } from '../../test/support/encode-clip.ts';
import { childBoxes } from './box-reader.ts';
import { fragment, wallClockBox } from './fragment.ts';
import { h264Format } from './h264.ts';
import { initSegment } from './init-segment.ts';
import { fromAnnexB, h264Nal, lengthPrefixed, nalType } from './nal.ts';
import { indexRoomBytes, recordingHead, recordingTail, servedHead } from './recording.ts';
import type { RecordingIndex } from './recording-index.ts';
import { durationMs, IndexBuilder, serializeIndex, tryParseIndex } from './recording-index.ts';
import { scanRecording } from './recording-scan.ts';
import type { VideoFormat } from './sample.ts';

const run = promisify(execFile);
const frameTicks = 6000;
const startAt = Date.UTC(2026, 10, 24, 21, 0, 0, 250);

interface Recording {
  readonly bytes: Uint8Array;
  readonly head: Uint8Array;
  readonly index: RecordingIndex;
  readonly format: VideoFormat;
}

async function record(): Promise<Recording> {
  const stream = await encodeClip({ width: 160, height: 96, fps: 15, frames: 60, gop: 15, parameters: 'bframes=0' });
  const units = fromAnnexB(stream);
  const find = (type: number): Uint8Array => units.find((unit) => nalType('h264', unit) === type)!;
  const format = h264Format(find(h264Nal.sps), find(h264Nal.pps))!;
  const head = recordingHead([format], { camera: 'front' }, { startAt });
  const builder = new IndexBuilder({ trackId: 1, timeScale: 90_000, headBytes: head.length });
  const parts = [head];
  let offset = head.length;
  const pictures = units.filter((unit) => nalType('h264', unit) <= 5);
  for (const [i, picture] of pictures.entries()) {
    const keyframe = nalType('h264', picture) === h264Nal.idr;
    const ptsTicks = i * frameTicks;
    const at = startAt + ptsTicks / 90;
    if (keyframe && i > 0) {
      const clock = wallClockBox(1, at, ptsTicks);
      parts.push(clock);
      offset += clock.length;
    }
    const sample = { data: lengthPrefixed([picture]), durationTicks: frameTicks, ptsOffsetTicks: 0, keyframe };
    const bytes = fragment({ sequence: i + 1, trackId: 1, baseDtsTicks: ptsTicks, samples: [sample] });
    builder.add({ offset, bytes: bytes.length, trackId: 1, ptsTicks, durationTicks: frameTicks, keyframe, at });
    parts.push(bytes);
    offset += bytes.length;
  }
  const tail = recordingTail(builder.build(), { objects: ['person'] });
  return { bytes: Buffer.concat([...parts, tail.bytes]), head, index: tail.index, format };
}

function scan(bytes: Uint8Array) {
  return scanRecording(async (offset, length) => bytes.subarray(offset, offset + length));
}

describe('a recording', () => {
  let recording: Recording;
  let folder: string;

  before(async () => {
    recording = await record();
    folder = await mkdtemp(join(tmpdir(), 'recording-'));
  });

  after(() => rm(folder, { recursive: true }));

  async function probe(bytes: Uint8Array): Promise<{ errors: string; frames: string; duration: string }> {
    const path = join(folder, 'clip.mp4');
    await writeFile(path, bytes);
    const entries = 'stream=nb_read_frames:format=duration';
    const args = ['-v', 'warning', '-count_frames', '-show_entries', entries, '-of', 'json', path];
    const { stdout, stderr } = await run('ffprobe', args);
    const found = JSON.parse(stdout);
    return { errors: stderr, frames: found.streams[0].nb_read_frames, duration: found.format.duration };
  }

  it('is without fault in ffprobe as it was written', async () => {
    assert.deepEqual(await probe(recording.bytes), { errors: '', frames: '60', duration: '4.000000' });
  });

  it('is without fault in ffprobe as it is served, and as long', async () => {
    const head = servedHead(recording.head, recording.index);
    assert.equal(head.length, recording.head.length);
    assert.notDeepEqual(head, recording.head);
    const served = Buffer.from(recording.bytes);
    served.set(head);
    assert.deepEqual(await probe(served), { errors: '', frames: '60', duration: '4.000000' });
    const types = childBoxes(head).map(({ type }) => type);
    assert.deepEqual(types, ['ftyp', 'moov', 'uuid', 'prft', 'free', 'sidx']);
  });

  it('is served right while it is torn: up to the last whole fragment', async () => {
    const torn = recording.bytes.subarray(0, recording.index.entries[2]!.offset + 50);
    const found = (await scan(torn))!;
    const served = Buffer.from(torn.subarray(0, found.index.endOffset));
    served.set(servedHead(recording.head, found.index));
    assert.deepEqual(await probe(served), { errors: '', frames: '30', duration: '2.000000' });
  });

  it('gives back its index, times and facts to a scan', async () => {
    const found = (await scan(recording.bytes))!;
    assert.equal(found.finished, true);
    assert.deepEqual(found.facts, { camera: 'front' });
    assert.deepEqual(found.finalFacts, { objects: ['person'] });
    const rounded = (index: RecordingIndex) => tryParseIndex(serializeIndex(index));
    assert.deepEqual(rounded(found.index), rounded(recording.index));
    assert.equal(durationMs(found.index), 4000);
    assert.deepEqual(
      found.index.entries.map((entry) => Math.round(entry.at - startAt)),
      [0, 1000, 2000, 3000],
    );
  });

  it('torn anywhere loses the fragment under way and no more', async () => {
    const ends: number[] = [];
    for (const header of childBoxes(recording.bytes))
      if (header.type === 'mdat') ends.push(header.offset + header.bytes);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: recording.bytes.length - 1 }), async (length) => {
        const found = await scan(recording.bytes.subarray(0, length));
        if (length < recording.head.length) return assert.equal(found, undefined);
        const end = ends.findLast((candidate) => candidate <= length) ?? recording.head.length;
        assert.equal(found!.index.endOffset, end);
        assert.equal(found!.finished, false);
      }),
    );
  });

  it('with bytes changed anywhere is scanned without an exception', async () => {
    const place = fc.integer({ min: 0, max: recording.bytes.length - 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 20 }), async (changes) => {
        const bytes = recording.bytes.slice();
        for (const [offset, value] of changes) bytes[offset] = value;
        const found = await scan(bytes);
        if (found === undefined) return;
        assert.ok(found.index.endOffset <= bytes.length);
        servedHead(bytes.subarray(0, found.index.headBytes), found.index);
      }),
    );
  });

  it('of more GOPs than there is room for shares entries, and the head keeps its length', () => {
    const entries = Array.from({ length: 5000 }, (_, i) => {
      return { offset: recording.head.length + i * 1000, ptsTicks: i * 90_000, at: startAt + i * 1000 };
    });
    const endOffset = recording.head.length + 5_000_000;
    const index = { ...recording.index, entries, endTicks: 5000 * 90_000, endOffset, tailOffset: endOffset + 10 };
    const head = servedHead(recording.head, index);
    assert.equal(head.length, recording.head.length);
    const sidx = childBoxes(head).at(-1)!;
    assert.equal(sidx.type, 'sidx');
    assert.equal(sidx.offset + sidx.bytes, head.length);
    assert.ok(sidx.bytes <= indexRoomBytes - 8);
    const view = new DataView(head.buffer, head.byteOffset + sidx.offset, sidx.bytes);
    const references = Array.from({ length: view.getUint16(38) }, (_, i) => 40 + 12 * i);
    const sum = (field: number) => references.reduce((total, at) => total + view.getUint32(at + field), 0);
    assert.equal(sum(0), index.tailOffset - recording.head.length);
    assert.equal(sum(4), index.endTicks);
  });

  it('leaves a head that is not ours as it is', () => {
    const foreign = initSegment([recording.format]);
    assert.deepEqual(servedHead(foreign, recording.index), new Uint8Array(foreign));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(servedHead(bytes, recording.index).length, bytes.length);
      }),
    );
  });
});

describe('an index', () => {
  it('comes back from its bytes as it was, and never from others by an exception', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 31 }), fc.nat(900_000), fc.nat(10_000)));
    fc.assert(
      fc.property(steps, fc.nat(5000), (gops, headBytes) => {
        const builder = new IndexBuilder({ trackId: 1, timeScale: 90_000, headBytes });
        let [offset, ptsTicks, at] = [headBytes, 0, startAt];
        for (const [bytes, durationTicks, ms] of gops) {
          builder.add({ offset, bytes, trackId: 1, ptsTicks, durationTicks, keyframe: true, at });
          [offset, ptsTicks, at] = [offset + bytes, ptsTicks + durationTicks, at + ms];
        }
        const index = builder.build();
        assert.deepEqual(tryParseIndex(serializeIndex(index)), index);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        tryParseIndex(Uint8Array.from([1, ...bytes]));
      }),
    );
  });
});
