import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamStateKind, StreamStateMessage } from '../../../src/wire/live.ts';
import { stateWords } from './state-words.ts';

const now = 1_000_000;

function state(kind: StreamStateKind, more: Partial<StreamStateMessage> = {}): StreamStateMessage {
  return { kind, since: 0, lastSampleAt: null, detail: null, code: null, retryAt: null, recording: false, ...more };
}

function textOf(message: StreamStateMessage, more: { connected?: boolean; drawnAt?: number | null } = {}): string {
  return stateWords({ state: message, connected: true, now, ...more }).text;
}

describe('the words for a camera', () => {
  it('are Live only while pictures really come', () => {
    assert.equal(textOf(state('live'), { drawnAt: now - 400 }), 'Live');
    assert.equal(textOf(state('live'), { drawnAt: now - 9_000 }), 'No picture for 9 s');
    assert.equal(textOf(state('live'), { drawnAt: null }), 'Waiting for a picture');
    assert.equal(textOf(state('live'), { connected: false }), 'No connection to SentriX');
  });

  it('say for how long there is no picture', () => {
    assert.equal(textOf(state('stalled', { lastSampleAt: now - 12_300 })), 'No picture for 12 s');
    assert.equal(textOf(state('stalled', { lastSampleAt: now - 150_000 })), 'No picture for 2 min');
    assert.equal(textOf(state('stalled')), 'No picture yet');
  });

  it('say when the next try is made', () => {
    assert.equal(textOf(state('unreachable', { retryAt: now + 3_200 })), 'Reconnecting in 4 s');
    assert.equal(textOf(state('unreachable', { retryAt: now - 10 })), 'Reconnecting');
    assert.equal(textOf(state('unreachable')), "Can't reach the camera");
  });

  it('call for a person only where one can mend it', () => {
    assert.equal(stateWords({ state: state('unauthorized'), connected: true, now }).tone, 'alert');
    assert.equal(stateWords({ state: state('connecting'), connected: true, now }).tone, 'quiet');
    assert.equal(stateWords({ state: state('disabled'), connected: true, now }).text, 'Switched off');
  });
});
