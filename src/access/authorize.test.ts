import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AccountId, CameraId } from '../base/ids.ts';
import { authorize } from './authorize.ts';
import type { Action, Principal, Role, Via } from './principal.ts';
import { actions, roles } from './principal.ts';

const cameras = ['a', 'b', 'c'] as CameraId[];

const principals: fc.Arbitrary<Principal> = fc.record({
  accountId: fc.constant(1 as AccountId),
  username: fc.constant('ann'),
  role: fc.constantFrom<Role>(...roles),
  cameras: fc.oneof(
    fc.constant('all' as const),
    fc.subarray(cameras).map((some) => new Set(some)),
  ),
  via: fc.constantFrom<Via>('session', 'basic', 'stream', 'token'),
});
const options = fc.record({ publisherCanView: fc.boolean() });
const media: readonly Action[] = ['live.view', 'recording.view', 'event.view', 'status.view', 'stream.play'];

test('nobody may do nothing: 401 for every action', () => {
  for (const action of actions)
    for (const camera of [undefined, ...cameras])
      assert.deepEqual(authorize(undefined, action, camera, { publisherCanView: true }), {
        allowed: false,
        status: 401,
      });
});

test('whatever is asked, nobody but an admin in person reaches a camera that was not granted', () => {
  fc.assert(
    fc.property(
      principals,
      fc.constantFrom(...actions),
      fc.option(fc.constantFrom(...cameras), { nil: undefined }),
      options,
      (principal, action, camera, given) => {
        const decision = authorize(principal, action, camera, given);
        if (!decision.allowed) return;
        // An admin's token has the cameras that it was made for, and no more.
        if (principal.role === 'admin' && principal.via !== 'token') assert.equal(decision.cameras, 'all');
        else {
          assert.equal(decision.cameras, principal.cameras);
          if (camera !== undefined && principal.cameras !== 'all') assert.ok(principal.cameras.has(camera));
        }
      },
    ),
  );
});

test('the role decides before the camera does, so that a 404 tells nothing to who may not ask', () => {
  fc.assert(
    fc.property(
      principals,
      fc.constantFrom(...actions),
      fc.constantFrom(...cameras),
      options,
      (who, what, on, given) => {
        const general = authorize(who, what, undefined, given);
        const special = authorize(who, what, on, given);
        if (!general.allowed) assert.deepEqual(special, general);
        else if (!special.allowed) assert.equal(special.status, 404);
      },
    ),
  );
});

test('a viewer views, a publisher publishes, and neither changes anything', () => {
  const allowed = (role: Role, publisherCanView = false) =>
    actions.filter((action) => {
      const who: Principal = { accountId: 1 as AccountId, username: 'x', role, cameras: 'all', via: 'session' };
      return authorize(who, action, cameras[0], { publisherCanView }).allowed;
    });
  assert.deepEqual(allowed('admin'), actions);
  assert.deepEqual(new Set(allowed('viewer')), new Set([...media, 'session.own', 'account.own']));
  assert.deepEqual(new Set(allowed('publisher')), new Set(['stream.publish', 'session.own', 'account.own']));
  assert.deepEqual(
    new Set(allowed('publisher', true)),
    new Set(['stream.publish', 'session.own', 'account.own', ...media]),
  );
});

test('a stream password streams and does nothing else, an admin’s neither', () => {
  for (const action of actions) {
    const who = { accountId: 1 as AccountId, username: 'x', role: 'admin', cameras: 'all', via: 'stream' } as const;
    const decision = authorize(who, action, undefined, { publisherCanView: true });
    assert.equal(decision.allowed, action.startsWith('stream.'), action);
  }
});
