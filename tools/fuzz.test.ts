import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fuzz } from './fuzz.ts';

it('finds no input for which a parser throws, or takes more than linear time', () => {
  for (const { inputs } of fuzz(3000, 20_261_125)) assert.equal(inputs, 3000);
});
