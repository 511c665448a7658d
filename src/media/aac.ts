/** AudioSpecificConfig, ISO/IEC 14496-3 §1.6.2.1, as SDP carries it in hexadecimal (RFC 3640 §4.1, `config`). */
import { BitReader } from './bit-reader.ts';
import type { AudioFormat } from './sample.ts';

const rates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/** Samples of the core decoder in one AAC frame (§4.5.2.1.1, the usual frame length). */
export const aacFrameSamples = 1024;

/** The format for a configuration and a time scale in Hz; undefined when it is damaged or no AAC. */
export function aacFormat(config: Uint8Array, timeScale: number): AudioFormat | undefined {
  if (config.length < 2 || config.length > 64 || timeScale < 1) return undefined;
  const bits = new BitReader(config);
  let objectType = bits.bits(5);
  if (objectType === 31) objectType = 32 + bits.bits(6);
  const rateIndex = bits.bits(4);
  const sampleRate = rateIndex === 15 ? bits.bits(24) : rates[rateIndex];
  const channelIndex = bits.bits(4);
  if (bits.failed || objectType === 0 || sampleRate === undefined || sampleRate === 0) return undefined;
  if (channelIndex === 0 || channelIndex > 7) return undefined;
  return Object.freeze({
    kind: 'audio',
    codec: 'aac',
    timeScale,
    sampleRate,
    channels: channelIndex === 7 ? 8 : channelIndex,
    codecString: `mp4a.40.${objectType}`,
    configuration: new Uint8Array(config),
  });
}
