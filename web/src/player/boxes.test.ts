import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { BoxTracks, countByClass } from './boxes.ts';

const person = (track: number, x: number) => ({
  track,
  class: 'person',
  confidence: 0.9,
  box: [x, 0.2, 0.1, 0.3] as const,
});

function xAt(tracks: BoxTracks, at: number): number | undefined {
  return tracks.at(at)[0]?.box[0];
}

it('places a box between two sightings by the time of the frame', () => {
  const tracks = new BoxTracks();
  tracks.add(1000, [person(1, 0.1)]);
  tracks.add(1200, [person(1, 0.3)]);
  assert.ok(Math.abs(xAt(tracks, 1100)! - 0.2) < 1e-9);
  assert.ok(Math.abs(xAt(tracks, 1200)! - 0.3) < 1e-9);
});

it('carries a movement on for a moment and then holds', () => {
  const tracks = new BoxTracks();
  tracks.add(1000, [person(1, 0.1)]);
  tracks.add(1200, [person(1, 0.3)]);
  assert.ok(Math.abs(xAt(tracks, 1300)! - 0.4) < 1e-9);
  assert.equal(xAt(tracks, 1700), xAt(tracks, 1600));
});

it('takes the speed of who comes in from the end that is in the picture', () => {
  const tracks = new BoxTracks();
  const entering = (width: number) => ({ ...person(1, 0), box: [0, 0.2, width, 0.3] as const });
  tracks.add(1000, [entering(0.05)]);
  tracks.add(1500, [entering(0.1)]);
  assert.ok(Math.abs(xAt(tracks, 1600)! - 0.01) < 1e-9);
});

it('carries on no trembling: the speed is that of the last second, not of two sightings', () => {
  const tracks = new BoxTracks();
  for (const [at, x] of [
    [1000, 0.5],
    [1200, 0.5],
    [1400, 0.5],
    [1600, 0.5],
    [1800, 0.52],
  ] as const)
    tracks.add(at, [person(1, x)]);
  assert.ok(xAt(tracks, 2200)! < 0.535);
});

it('keeps a box longer where the detector is slow', () => {
  const tracks = new BoxTracks();
  tracks.add(1000, [person(1, 0.5)]);
  tracks.add(1900, [person(1, 0.5)]);
  assert.equal(tracks.at(4500).length, 1);
  assert.equal(tracks.at(4950).length, 0);
});

it('drops a box that the detector no longer sees or that is old', () => {
  const tracks = new BoxTracks();
  tracks.add(1000, [person(1, 0.1), person(2, 0.5)]);
  tracks.add(1200, [person(2, 0.5)]);
  assert.deepEqual(
    tracks.at(1200).map((object) => object.track),
    [2],
  );
  assert.deepEqual(tracks.at(2500), []);
});

it('ignores sightings that come out of order', () => {
  const tracks = new BoxTracks();
  tracks.add(1200, [person(1, 0.3)]);
  tracks.add(1000, [person(1, 0.1)]);
  assert.equal(xAt(tracks, 1200), 0.3);
});

it('keeps a bounded number of finite boxes whatever comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5000), fc.array(fc.nat(400), { maxLength: 40 }))),
      fc.nat(6000),
      (frames, at) => {
        const tracks = new BoxTracks();
        for (const [time, ids] of frames)
          tracks.add(
            time,
            ids.map((id) => person(id, id / 400)),
          );
        const boxes = tracks.at(at);
        return boxes.length <= 128 && boxes.every((object) => object.box.every(Number.isFinite));
      },
    ),
  );
});

it('counts classes, the most frequent first', () => {
  assert.deepEqual(countByClass([{ class: 'dog' }, { class: 'person' }, { class: 'person' }]), [
    ['person', 2],
    ['dog', 1],
  ]);
});
