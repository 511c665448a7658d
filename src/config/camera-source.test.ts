import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCameraAddress, tryCameraSource } from './camera-source.ts';

test('takes RTSP addresses of real hosts and takes the user name out', () => {
  for (const url of [
    'rtsp://192.0.2.10/',
    'rtsps://cam.example:322/stream1?channel=1&subtype=0',
    'rtsp://[2001:db8::7]:554/a',
    'rtsp://localhost:8554/x',
    'rtsp://cam_1.lan/h264',
  ])
    assert.deepEqual(tryCameraSource(url), { url, username: undefined });
  assert.deepEqual(tryCameraSource('rtsp://jo%20e@192.0.2.10:554/a'), {
    url: 'rtsp://192.0.2.10:554/a',
    username: 'jo e',
  });
});

test('refuses everything else', () => {
  for (const url of [
    '',
    'rtsp://',
    'rtsp:///path',
    'rtsp:192.0.2.1',
    'file:///etc/passwd',
    'pipe:0',
    'data:video/mp4;base64,AA',
    'http://192.0.2.1/',
    'ffmpeg:rtsp://192.0.2.1/',
    'concat:a|b',
    '-i',
    '/dev/video0',
    'rtsp://192.0.2.1/$(id)`id`',
    'rtsp://192.0.2.1/\r\nX: y',
    'rtsp://192.0.2.1/a b',
    'rtsp://192.0.2.1\\@evil/',
    'rtsp://user:secret@192.0.2.1/',
    'rtsp://192.0.2.1/?user=a&password=b',
    'rtsp://192.0.2.1/user=admin_password=abc_channel=1',
    'rtsp://169.254.169.254/latest',
    'rtsp://[fe80::1]/',
    'rtsp://[::ffff:169.254.169.254]/',
    'rtsp://[fd00:ec2::254]/',
    'rtsp://2852039166/',
    'rtsp://0xa9fea9fe/',
    'rtsp://169.254.43518/',
    'rtsp://0251.0376.0251.0376/',
    'rtsp://0.0.0.0/',
    'rtsp://[::]/',
    'rtsp://224.0.0.1/',
    'rtsp://255.255.255.255/',
    'rtsp://metadata.google.internal/',
    'rtsp://-evil/',
    'rtsp://a..b/',
    'rtsp://h%41/',
    'rtsp://192.0.2.1:0/',
    'rtsp://192.0.2.1:99999/',
    `rtsp://192.0.2.1/${'a'.repeat(2100)}`,
  ])
    assert.ok('allowed' in tryCameraSource(url), url);
});

test('knows addresses where no camera is', () => {
  assert.equal(isCameraAddress('10.1.2.3'), true);
  assert.equal(isCameraAddress('127.0.0.1'), true);
  assert.equal(isCameraAddress('::ffff:a9fe:a9fe'), false);
  assert.equal(isCameraAddress('nonsense'), false);
});

test('gives what it took without change when asked again, and never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl().map((url) => url.replace(/^https?/, 'rtsp')),
      ),
      (text) => {
        const result = tryCameraSource(text);
        if ('url' in result) assert.deepEqual(tryCameraSource(result.url), { url: result.url, username: undefined });
      },
    ),
  );
});
