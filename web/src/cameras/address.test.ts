import assert from 'node:assert/strict';
import { test } from 'node:test';
import { larixLink, nameFor, takeApart } from './address.ts';

test('takes user and password out of a pasted address, also with @ and : in them', () => {
  assert.deepEqual(takeApart(' rtsp://cam:p%40ss@192.0.2.4:554/live?a=1 '), {
    ...{ source: 'rtsp://192.0.2.4:554/live?a=1', username: 'cam', password: 'p@ss' },
  });
  assert.deepEqual(takeApart('rtsp://cam:a@b:c@host/x'), {
    source: 'rtsp://host/x',
    username: 'cam',
    password: 'a@b:c',
  });
  assert.deepEqual(takeApart('rtsp://cam@host/x'), { source: 'rtsp://host/x', username: 'cam', password: null });
  assert.deepEqual(takeApart('rtsp://host/x@y'), { source: 'rtsp://host/x@y', username: null, password: null });
  assert.deepEqual(takeApart('rtsp://a:100%@host/'), { source: 'rtsp://host/', username: 'a', password: '100%' });
});

test('finds a name that is not taken, and writes a link whose fields come back as they were', () => {
  assert.equal(nameFor(['camera', 'Camera 2'], 'Camera'), 'Camera 3');
  const link = larixLink({ name: 'A & B', url: 'rtsps://h:1/video/a', username: 'u', password: 'p&?#' });
  const fields = new URLSearchParams(link.slice(link.indexOf('?')));
  assert.equal(fields.get('conn[][pass]'), 'p&?#');
  assert.equal(fields.get('conn[][url]'), 'rtsps://h:1/video/a');
});
