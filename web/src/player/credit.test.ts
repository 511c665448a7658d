import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { initialCreditBytes } from '../../../src/wire/live.ts';
import { Credit } from './credit.ts';

it('gives back in lumps what came out of the decoder or was dropped', () => {
  const credit = new Credit();
  credit.enter(200_000);
  assert.equal(credit.take(), 0);
  credit.leave();
  assert.equal(credit.take(), 200_000);
  assert.equal(credit.take(), 0);
  credit.enter(100_000);
  credit.drop(50_000);
  credit.dropAll();
  assert.equal(credit.take(), 150_000);
});

it('never gives back more than came, and never starves the server of more than a lump', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('enter', 'leave', 'drop', 'dropAll'), fc.integer({ min: 1, max: 300_000 }))),
      (steps) => {
        const credit = new Credit();
        let came = 0;
        let given = 0;
        for (const [step, bytes] of steps) {
          if (step === 'enter' || step === 'drop') {
            credit[step](bytes);
            came += bytes;
          } else credit[step as 'leave' | 'dropAll']();
          given += credit.take();
        }
        credit.dropAll();
        given += credit.take();
        return given <= came && came - given < initialCreditBytes / 16;
      },
    ),
  );
});
