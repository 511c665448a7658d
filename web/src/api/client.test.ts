import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Api, ApiError } from './client.ts';

function apiThatGets(answer: () => Response | Promise<Response>) {
  const seen: { ended: number; urls: string[] } = { ended: 0, urls: [] };
  const api = new Api({
    fetch: async (url) => {
      seen.urls.push(String(url));
      return answer();
    },
    onSessionEnded: () => seen.ended++,
  });
  return { api, seen };
}

const json = (status: number, body: object): Response => Response.json(body, { status });

it('says that the session ended when any request is answered 401', async () => {
  const { api, seen } = apiThatGets(() => json(401, { detail: 'sign in', code: 'access/session' }));
  await assert.rejects(api.cameras(), (error) => error instanceof ApiError && error.kind === 'session');
  assert.equal(seen.ended, 1);
});

it('does not take a wrong password or a wrong passphrase for an ended session', async () => {
  const wrongPassword = apiThatGets(() => json(401, { detail: 'wrong', code: 'access/credentials' }));
  await assert.rejects(wrongPassword.api.logIn('a', 'b'));
  const wrongPassphrase = apiThatGets(() => json(401, { detail: 'wrong', code: 'vault/passphrase' }));
  await assert.rejects(wrongPassphrase.api.unlockVault('x'), (error) => (error as ApiError).kind === 'refused');
  assert.equal(wrongPassword.seen.ended + wrongPassphrase.seen.ended, 0);
});

it('tells an unreachable server from one that refuses', async () => {
  const gone = apiThatGets(() => Promise.reject(new TypeError('fetch failed')));
  await assert.rejects(gone.api.vault(), (error) => (error as ApiError).kind === 'unreachable');
  const limited = apiThatGets(() => new Response('busy', { status: 429, headers: { 'retry-after': '40' } }));
  await assert.rejects(limited.api.logIn('a', 'b'), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.kind, error.status, error.retryAfterSeconds], ['refused', 429, 40]);
    return true;
  });
});

it('asks for recordings with the filters of the contract', async () => {
  const { api, seen } = apiThatGets(() => json(200, { total: 0, offset: 0, limit: 60, recordings: [] }));
  await api.recordings({
    limit: 60,
    cursor: 'abc',
    camera: 'front-door',
    objectType: 'person',
    day: null,
    minConfidence: null,
    zone: 'Gate',
  });
  assert.equal(
    seen.urls[0],
    '/api/recordings?limit=60&sort_by=timestamp&sort_order=desc&cursor=abc&zone=Gate&stream_id=front-door&object_type=person',
  );
});
