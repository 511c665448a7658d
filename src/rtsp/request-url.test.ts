import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { baseUrl, controlUrl, redirectTarget, requestedPath, requestUrl, sameResource } from './request-url.ts';

describe('requestUrl', () => {
  it('carries neither user, password nor fragment', () => {
    assert.equal(requestUrl(new URL('rtsp://u:p@cam.test:9554/a?x=1#f')), 'rtsp://cam.test:9554/a?x=1');
    assert.equal(requestUrl(new URL('rtsp://cam.test')), 'rtsp://cam.test/');
    assert.equal(requestUrl(new URL('rtsp://[::1]:1/a')), 'rtsp://[::1]:1/a');
  });
});

describe('controlUrl', () => {
  const base = 'rtsp://cam.test/live';
  it('appends relative controls, behind a query too', () => {
    assert.equal(controlUrl(base, 'trackID=1'), 'rtsp://cam.test/live/trackID=1');
    assert.equal(controlUrl(`${base}/`, '/trackID=1'), 'rtsp://cam.test/live/trackID=1');
    assert.equal(controlUrl('rtsp://h/r?channel=1/', 'trackID=0'), 'rtsp://h/r?channel=1/trackID=0');
    assert.equal(controlUrl(base, '*'), base);
    assert.equal(controlUrl(base, ''), base);
  });

  it('keeps the configured host whatever the camera names', () => {
    assert.equal(controlUrl(base, 'rtsp://u:p@192.0.2.9:99/x/trackID=1'), 'rtsp://cam.test/x/trackID=1');
    assert.equal(controlUrl(base, 'http://192.0.2.9?a'), 'rtsp://cam.test/?a');
    assert.equal(baseUrl(base, 'rtsp://192.0.2.9/s/', undefined), 'rtsp://cam.test/s/');
    assert.equal(baseUrl(base, undefined, 'other'), 'rtsp://cam.test/other');
    assert.equal(baseUrl(base, '', undefined), base);
    fc.assert(
      fc.property(fc.string(), fc.string(), (contentBase, control) => {
        const url = controlUrl(baseUrl(base, contentBase, undefined), control);
        assert.ok(url === undefined || /^rtsp:\/\/cam\.test\/[^\s]*$/.test(url), url);
      }),
    );
  });

  it('refuses what cannot stand on a request line', () => {
    for (const bad of ['a b', 'a\r\nX: y', 'a\0', 'x'.repeat(3000)]) assert.equal(controlUrl(base, bad), undefined);
  });
});

describe('redirectTarget', () => {
  const from = new URL('rtsp://cam.test:554/a');
  it('stays on scheme, host and port', () => {
    assert.equal(redirectTarget(from, 'rtsp://cam.test/b?x')?.href, 'rtsp://cam.test/b?x');
    assert.equal(redirectTarget(from, '/c')?.pathname, '/c');
    assert.equal(redirectTarget(from, 'rtsp://u:p@cam.test/b')?.username, '');
    for (const elsewhere of [
      'rtsp://192.0.2.1/a',
      'rtsp://cam.test:555/a',
      'rtsps://cam.test:554/a',
      'http://cam.test:554/a',
      'file:///etc/passwd',
      '//192.0.2.1/x',
      'gopher://192.0.2.1:6379/_FLUSHALL',
      'rtsp://',
      '',
      undefined,
    ]) {
      assert.equal(redirectTarget(from, elsewhere), undefined, elsewhere);
    }
  });
});

describe('requestedPath', () => {
  it('takes paths of the closed alphabet and nothing else', () => {
    assert.equal(requestedPath('rtsp://h:1/video/front-door?x=1'), 'video/front-door');
    assert.equal(requestedPath('rtsp://user:pass@h/video/front-door/'), 'video/front-door');
    assert.equal(requestedPath('/a.b_c'), 'a.b_c');
    for (const bad of [
      '*x*',
      'rtsp://h',
      'rtsp://h/',
      'rtsp://h/../a',
      'rtsp://h/a//b',
      'rtsp://h/a%2fb',
      'rtsp://h/.',
      '/a\0',
    ]) {
      assert.equal(requestedPath(bad), undefined, bad);
    }
  });
});

describe('sameResource', () => {
  it('compares paths and queries, not hosts', () => {
    assert.ok(sameResource('rtsp://h/a/', '/a'));
    assert.ok(sameResource('*', '*'));
    assert.ok(!sameResource('rtsp://h/a', 'rtsp://h/b'));
    assert.ok(!sameResource('rtsp://h/a?x', 'rtsp://h/a?y'));
  });
});
