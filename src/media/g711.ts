/** ITU-T G.711: 8-bit companded PCM. The payload is the frame; there is nothing to configure. */
import type { AudioFormat } from './sample.ts';

/** `sampleRate` in Hz, 8000 by RFC 3551 §4.5.14; some cameras say 16000. */
export function g711Format(codec: 'pcma' | 'pcmu', sampleRate: number, channels: number): AudioFormat {
  return Object.freeze({
    kind: 'audio',
    codec,
    timeScale: sampleRate,
    sampleRate,
    channels,
    codecString: codec === 'pcma' ? 'alaw' : 'ulaw',
    configuration: new Uint8Array(0),
  });
}
