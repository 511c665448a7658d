/** The bad camera in nearly all its ways at once: each is told as what it is, and a good camera loses no picture. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BadCameras, badModes } from './support/bad-cameras.ts';
import { withoutFootage } from './support/shared.ts';

/** Those that send as fast as they can are in the long run: here they'd only take the machine from other tests. */
const modes = Object.keys(badModes).filter((mode) => !mode.startsWith('endless-gop') && mode !== 'endless-nal');

describe('bad cameras', { skip: withoutFootage }, () => {
  let cameras: BadCameras;

  before(async () => {
    cameras = await BadCameras.start(modes);
  });

  after(async () => {
    await cameras?.[Symbol.asyncDispose]();
  });

  it('are in the right state within 15 s, while the good one loses no picture', async () => {
    const good = cameras.watchGood(14);
    good.catch(() => {});
    await cameras.show(modes);
    await Promise.all(modes.map((mode) => cameras.expected(mode, 15_000)));
    const { pictures, longestSpan } = await good;
    assert.ok(pictures > 100, `${pictures}`);
    // 15 a second; a picture that is missing makes it twice as long.
    assert.ok(longestSpan < 6100, `${longestSpan}`);
  });

  it('get no password in clear, lead the system nowhere and leave nothing of theirs in the log', async () => {
    cameras.checkLog();
    for (const [mode, { basic_leaked, victim }] of Object.entries(await cameras.summary()))
      assert.deepEqual({ basic_leaked, victim }, { basic_leaked: 0, victim: 0 }, mode);
  });
});
