import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CameraId, RecordingId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { DeletionRules } from './pending-deletions.ts';
import { PendingDeletions } from './pending-deletions.ts';

const day = 86_400_000;
const clip = { kind: 'recording', recording: 7 as RecordingId, camera: 'yard' as CameraId } as const;
const ann = { who: 'ann', from: '192.168.1.2' };
const bob = { who: 'bob', from: '192.168.1.3' };

function setUp(rules: DeletionRules) {
  const state = new Map<string, string>();
  const done: string[] = [];
  const kinds: string[] = [];
  const world = { now: 0, held: false };
  const open = () =>
    new PendingDeletions({
      state: {
        get: async (key) => state.get(key),
        set: async (key, value) => {
          state.set(key, value);
        },
      },
      rules,
      carryOut: async (subject, { who }, askedBy) => {
        if (world.held) throw new Problem('recording/held', 'on hold', { status: 409 });
        done.push(`${subject.kind} ${who} for ${askedBy}`);
      },
      written: async ({ kind }) => kinds.push(kind),
      clock: { now: () => world.now, monotonicMs: () => 0 },
      log: silentLog,
    });
  return { open, done, kinds, world };
}

test('a deletion that nothing makes wait is the caller’s to do', async () => {
  const { open, kinds } = setUp({ delayMs: 0, secondAdmin: false });
  await using deletions = open();
  assert.equal(await deletions.ask(clip, ann), undefined);
  assert.deepEqual([await deletions.list(), kinds], [[], []]);
});

test('one that waits is done when its time has come, also after a restart, and not a moment before', async () => {
  const { open, done, world } = setUp({ delayMs: 3 * day, secondAdmin: false });
  {
    await using deletions = open();
    const asked = await deletions.ask(clip, ann);
    assert.equal(asked?.dueAt, 3 * day);
    // Asked twice is asked once, and no later
    world.now = day;
    assert.deepEqual(await deletions.ask(clip, bob), asked);
    await assert.rejects(deletions.confirm(asked!.id, bob), { code: 'deletion/waits' });
  }
  await using deletions = open();
  world.now = 3 * day - 1;
  await deletions.runDue();
  assert.deepEqual(done, []);
  world.now = 3 * day;
  world.held = true;
  await deletions.runDue();
  assert.equal((await deletions.list()).length, 1);
  world.held = false;
  await deletions.runDue();
  assert.deepEqual([done, await deletions.list()], [['recording null for ann'], []]);
});

test('one that was cancelled is never done, and the log has who stopped it', async () => {
  const { open, done, kinds, world } = setUp({ delayMs: day, secondAdmin: false });
  await using deletions = open();
  const asked = await deletions.ask({ kind: 'day', date: '2026-11-24' }, ann);
  await deletions.cancel(asked!.id, bob);
  world.now = 10 * day;
  await deletions.runDue();
  assert.deepEqual(done, []);
  assert.deepEqual(kinds, ['deletion.asked', 'deletion.cancelled']);
  await assert.rejects(deletions.cancel(asked!.id, bob), { code: 'deletion/unknown' });
  // Its number is not used again
  assert.notEqual((await deletions.ask(clip, ann))?.id, asked!.id);
});

test('one that needs a second admin waits for another than who asked, however long', async () => {
  const { open, done, world } = setUp({ delayMs: 0, secondAdmin: true });
  await using deletions = open();
  const asked = await deletions.ask(clip, ann);
  world.now = 1000 * day;
  await deletions.runDue();
  await assert.rejects(deletions.confirm(asked!.id, { ...ann, from: '10.0.0.1' }), { code: 'deletion/own' });
  assert.deepEqual(done, []);
  await deletions.confirm(asked!.id, bob);
  await assert.rejects(deletions.confirm(asked!.id, bob), { code: 'deletion/unknown' });
  assert.deepEqual(done, ['recording bob for ann']);
  // A command on the machine is somebody else than an account, and not than itself
  const local = await deletions.ask(clip, { who: null, from: null });
  await assert.rejects(deletions.confirm(local!.id, { who: null, from: null }), { code: 'deletion/own' });
  await deletions.confirm(local!.id, ann);
});

test('two that confirm at once do it once', async () => {
  const { open, done } = setUp({ delayMs: day, secondAdmin: true });
  await using deletions = open();
  const asked = await deletions.ask(clip, ann);
  const results = await Promise.allSettled([deletions.confirm(asked!.id, bob), deletions.confirm(asked!.id, bob)]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.equal(done.length, 1);
});
