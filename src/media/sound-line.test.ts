import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { g711Format } from './g711.ts';
import type { Sample } from './sample.ts';
import { SoundLine } from './sound-line.ts';

const format = g711Format('pcma', 8000, 1);

function sound(at: number, dtsTicks: number, discontinuity = false): Sample {
  return {
    ...{ format, ptsTicks: dtsTicks, dtsTicks, at, keyframe: true, damaged: false, discontinuity },
    data: new Uint8Array(160),
  };
}

describe('the place of sound in a clip', () => {
  it('begins where the wall clock says, and drops what was before the clip', () => {
    const line = new SoundLine(8000, 1000);
    assert.equal(line.place(sound(980, 70_000)), undefined);
    assert.equal(line.place(sound(1100, 70_960)), 800);
  });

  it('goes on by its own ticks, whatever the jitter', () => {
    const line = new SoundLine(8000, 0);
    const places = [0, 35, 40, 50, 95].map((at, i) => line.place(sound(at, 5000 + i * 160)));
    assert.deepEqual(places, [0, 160, 320, 480, 640]);
  });

  it('is put right after a drift, lost sound, a jump, and when the picture’s clock moves', () => {
    const line = new SoundLine(8000, 0);
    assert.equal(line.place(sound(0, 0)), 0);
    assert.equal(line.place(sound(200, 160)), 1600);
    assert.equal(line.place(sound(220, 320)), 1760);
    assert.equal(line.place(sound(300, 9_000_000, true)), 2400);
    line.picture(1000, 1500);
    assert.equal(line.place(sound(320, 9_000_160)), 6560);
  });

  it('never goes back', () => {
    const line = new SoundLine(8000, 0);
    assert.equal(line.place(sound(1000, 8000)), 8000);
    assert.equal(line.place(sound(500, 8160)), undefined);
    assert.equal(line.place(sound(1100, 8320)), 8320);
  });
});
