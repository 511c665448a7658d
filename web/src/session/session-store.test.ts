import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Api } from '../api/client.ts';
import { SessionStore } from './session-store.ts';

const anna = {
  username: 'anna',
  user_type: 'admin',
  cameras: 'all',
  vault: { kind: 'open', mode: 'keyfile' },
  needs_key: false,
};

function storeThatGets(...answers: Response[]): SessionStore {
  const store: SessionStore = new SessionStore(
    new Api({
      fetch: async () => answers.shift() ?? assert.fail('one request too many'),
      onSessionEnded: () => store.end(),
    }),
  );
  return store;
}

it('is signed out, and nothing ended, when nobody was signed in', async () => {
  const store = storeThatGets(Response.json({}, { status: 401 }));
  await store.load();
  assert.deepEqual(store.state.value, { kind: 'signed-out', ended: false });
});

it('says that the session ended when it was there before', async () => {
  const store = storeThatGets(Response.json(anna), Response.json({}, { status: 401 }));
  await store.load();
  assert.equal(store.isAdmin, true);
  await store.load();
  assert.deepEqual(store.state.value, { kind: 'signed-out', ended: true });
});

it('goes on saying that the session ended when two requests find out', async () => {
  const store = storeThatGets(Response.json(anna), Response.json({}, { status: 401 }));
  await store.load();
  const asking = store.load();
  store.end();
  await asking;
  assert.deepEqual(store.state.value, { kind: 'signed-out', ended: true });
});

it('ends once and only for who is signed in', async () => {
  const store = storeThatGets(Response.json(anna), Response.json({}));
  store.end();
  assert.equal(store.state.value.kind, 'loading');
  await store.load();
  await store.signOut();
  store.end();
  assert.deepEqual(store.state.value, { kind: 'signed-out', ended: false });
});
