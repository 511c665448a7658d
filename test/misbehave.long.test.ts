/** Every way of the bad camera, one after the other: the right state in time, and next to no memory. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BadCameras, badModes } from './support/bad-cameras.ts';
import { withoutFootage } from './support/shared.ts';

const watchMs = 18_000;
const mostGrowthMb = 20;
/** 128 Mbit/s of pictures: two bounded GOPs, and what the collector leaves lying for some seconds at such a rate. */
const mostGrowthOfFloodMb = 32;

describe('each bad camera', { skip: withoutFootage }, () => {
  let cameras: BadCameras;

  before(async () => {
    cameras = await BadCameras.start(Object.keys(badModes));
    // Code that runs for the first time, and a clip that is opened, are no camera's growth.
    for (const mode of ['time-travel', 'play-then-silent', '401-loop']) {
      await cameras.show([mode]);
      await new Promise((resolve) => setTimeout(resolve, watchMs / 2));
    }
    await cameras.show([]);
  });

  after(async () => {
    await cameras?.[Symbol.asyncDispose]();
  });

  for (const mode of Object.keys(badModes)) {
    it(`${mode}: is in the right state within 15 s, and grows no memory`, async () => {
      const beforeMb = cameras.residentMb();
      await cameras.show([mode]);
      const until = performance.now() + watchMs;
      await cameras.expected(mode, 15_000);
      let mostMb = 0;
      while (performance.now() < until) {
        mostMb = Math.max(mostMb, cameras.residentMb());
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      await cameras.show([]);
      console.log(JSON.stringify({ mode, beforeMb: Math.round(beforeMb), growthMb: Math.round(mostMb - beforeMb) }));
      const limitMb = mode === 'endless-gop' ? mostGrowthOfFloodMb : mostGrowthMb;
      assert.ok(mostMb - beforeMb < limitMb, `${Math.round(mostMb - beforeMb)} MB more`);
    });
  }

  it('lures no password out of the system, and leads it nowhere', async () => {
    cameras.checkLog();
    for (const [mode, { basic_leaked, victim }] of Object.entries(await cameras.summary()))
      assert.deepEqual({ basic_leaked, victim }, { basic_leaked: 0, victim: 0 }, mode);
  });
});
