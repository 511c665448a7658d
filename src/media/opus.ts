/** Opus as it is described to containers: the fields of `dOps` (Encapsulation of Opus in ISOBMFF §4.3.2). */
import type { AudioFormat } from './sample.ts';

/** 80 ms at 48 kHz, what RFC 7845 §4.2 recommends for a stream that begins anywhere. */
const preSkipSamples = 3840;

/** `configuration` holds the payload of a `dOps` box, big-endian, channel mapping family 0. */
export function opusFormat(channels: 1 | 2): AudioFormat {
  const configuration = new Uint8Array(11);
  const view = new DataView(configuration.buffer);
  view.setUint8(1, channels);
  view.setUint16(2, preSkipSamples);
  view.setUint32(4, 48_000);
  return Object.freeze({
    kind: 'audio',
    codec: 'opus',
    timeScale: 48_000,
    sampleRate: 48_000,
    channels,
    codecString: 'opus',
    configuration,
  });
}
