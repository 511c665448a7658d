import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cameraGuard, configuredGuard, dialSource } from './camera-address.ts';

it('reaches this machine only where its very address stands in the source', () => {
  const guard = cameraGuard([]);
  for (const url of ['rtsp://127.0.0.1:554/a', 'rtsp://[::1]/a', 'rtsp://192.168.1.20/a', 'rtsp://[fd00::7]/a'])
    assert.equal(typeof dialSource(guard, new URL(url)).lookup, 'function', url);
  for (const url of ['rtsp://169.254.1.1/a', 'rtsp://[fe80::1]/a', 'rtsp://169.254.169.254/', 'rtsp://224.0.0.9/'])
    assert.throws(() => dialSource(guard, new URL(url)), { code: 'network/address-refused' }, url);
  assert.equal(configuredGuard(guard, 'localhost').permits('127.0.0.1'), true);
  assert.equal(configuredGuard(guard, 'camera.example').permits('127.0.0.1'), false);
});

it('reaches what the configuration allows besides', () => {
  assert.equal(cameraGuard(['169.254.0.0/16']).permits('169.254.1.1'), true);
});
