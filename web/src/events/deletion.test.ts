import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../api/client.ts';
import type { Recording } from '../api/types.ts';
import { Deletion } from './deletion.ts';

const recording = (id: number): Recording => ({ id, timestamp: '2026-11-24T10:00:00.000Z' }) as Recording;

function make(fail?: ApiError) {
  const shown = new Set([1, 2]);
  const deleted: number[] = [];
  const deletion = new Deletion(
    {
      deleteRecording: async (id) => {
        if (fail !== undefined) throw fail;
        deleted.push(id);
      },
    },
    { remove: (id) => void shown.delete(id), restore: ({ id }) => void shown.add(id) },
  );
  return { shown, deleted, deletion };
}

test('hides at once, deletes when it can no longer be taken back, and not before', async () => {
  const { shown, deleted, deletion } = make();
  deletion.start(recording(1));
  assert.deepEqual([[...shown], deleted], [[2], []]);
  deletion.undo();
  await deletion.commit();
  assert.deepEqual([shown.has(1), deleted], [true, []]);
  deletion.start(recording(1));
  deletion.start(recording(2));
  await Promise.resolve();
  assert.deepEqual(deleted, [1], 'the next one makes the first final');
  deletion.undo();
});

test('shows what was refused again, and says why', async () => {
  const { shown, deletion } = make(new ApiError('refused', { status: 409, code: 'recording/held', detail: 'held' }));
  deletion.start(recording(1));
  await deletion.commit();
  assert.ok(shown.has(1));
  assert.equal(deletion.refused.value?.code, 'recording/held');
  const gone = make(new ApiError('refused', { status: 404 }));
  gone.deletion.start(recording(1));
  await gone.deletion.commit();
  assert.ok(!gone.shown.has(1), 'somebody else was faster');
});
