import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sentence } from './sentence.ts';

it('makes a sentence of what the server says, and leaves one alone', () => {
  assert.equal(sentence('the camera refused its password'), 'The camera refused its password.');
  assert.equal(sentence('Is it on?'), 'Is it on?');
  assert.equal(sentence('  '), '');
});
