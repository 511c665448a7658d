import assert from 'node:assert/strict';
import { it } from 'node:test';
import { scriptUrlPolicy } from './trusted-types.ts';

it('lets through exactly the scripts it was made for', () => {
  const policy = scriptUrlPolicy(['/assets/live.worker-1.js'], undefined);
  assert.equal(policy('/assets/live.worker-1.js'), '/assets/live.worker-1.js');
  for (const url of ['/assets/live.worker-1.js?x', 'https://evil.example/a.js', 'data:text/javascript,1', ''])
    assert.throws(() => policy(url), TypeError);
});

it('makes one policy named sentrix that has no createHTML', () => {
  const made: [string, object][] = [];
  scriptUrlPolicy(['/a.js'], {
    createPolicy: (name, rules) => {
      made.push([name, rules]);
      return rules;
    },
  });
  assert.deepEqual(
    made.map(([name, rules]) => [name, Object.keys(rules)]),
    [['sentrix', ['createScriptURL']]],
  );
});
