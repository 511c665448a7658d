import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tryCameraSource } from './camera-source.ts';
import { isCameraAddress } from './source-host.ts';

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

test('takes what ffmpeg reads apart and refuses whatever else ffmpeg would read', () => {
  for (const url of [
    'ffmpeg:http://192.0.2.10/video.mjpg',
    'ffmpeg:https://cam.example:8443/mjpg/video.mjpg?camera=1',
    'ffmpeg:rtmp://cam.lan/live/one',
    'ffmpeg:http://localhost:8081/',
    'ffmpeg:/srv/video/a%20b.mp4',
    'ffmpeg:/dev/video0',
  ])
    assert.deepEqual(tryCameraSource(url), { url, username: undefined });
  assert.deepEqual(tryCameraSource('ffmpeg:http://jo@192.0.2.10/v'), {
    url: 'ffmpeg:http://192.0.2.10/v',
    username: 'jo',
  });
  for (const url of [
    'ffmpeg:',
    'ffmpeg:-i',
    'ffmpeg:etc/passwd',
    'ffmpeg:/etc/../etc/passwd',
    'ffmpeg:/srv//a.mp4',
    'ffmpeg:/srv/',
    'ffmpeg:/dev/sda',
    'ffmpeg:/dev/video0/../sda',
    'ffmpeg:/proc/self/environ',
    'ffmpeg:/sys/kernel/x',
    'ffmpeg:file:///etc/passwd',
    'ffmpeg:concat:/etc/passwd',
    'ffmpeg:subfile,,start,0,end,0,,:/etc/passwd',
    'ffmpeg:data:video/mp4;base64,AA',
    'ffmpeg:pipe:0',
    'ffmpeg:ftp://192.0.2.1/a',
    'ffmpeg:http:///a',
    'ffmpeg:http://169.254.169.254/latest',
    'ffmpeg:http://2852039166/',
    'ffmpeg:http://0xa9fea9fe/',
    'ffmpeg:http://0177.0.0.1/',
    'ffmpeg:http://127.1/',
    'ffmpeg:http://[::ffff:169.254.169.254]/',
    'ffmpeg:http://metadata/',
    'ffmpeg:http://user:secret@192.0.2.1/',
    'ffmpeg:http://192.0.2.1/?user=a&pwd=b',
    'ffmpeg:rtmp://user@192.0.2.1/live',
    'ffmpeg:http://192.0.2.1/#video=copy',
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
