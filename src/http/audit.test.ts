import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from './testing/client.ts';

test('shows the audit log to admins, newest first, page by page', async () => {
  await using server = await startTestServer();
  const written = server.parts.entries.length;
  for (let n = 0; n < 5; n++) await server.parts.audit.append({ kind: `test/${n}`, who: 'ann', from: null });
  assert.equal((await server.ask('/api/audit', { as: 'vic' })).status, 403);
  const kinds = async (query: string): Promise<string[]> => {
    const answer = await server.ask(`/api/audit${query}`, { as: 'ann' });
    assert.equal(answer.status, 200);
    return (JSON.parse(answer.text) as { entries: { kind: string }[] }).entries.map(({ kind }) => kind);
  };
  assert.deepEqual((await kinds('?limit=2')).slice(0, 2), ['test/4', 'test/3']);
  assert.deepEqual(await kinds(`?limit=2&before=${written + 3}`), ['test/2', 'test/1']);
  assert.deepEqual(await kinds('?before=0'), []);
  assert.equal((await server.ask('/api/audit?limit=1001', { as: 'ann' })).status, 422);
});
