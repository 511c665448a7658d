/** ITU-T G.711 expanded to samples of -1..1. No browser decodes it, and a table of 256 values does. */

export type G711Law = 'alaw' | 'ulaw';

const tables: Readonly<Record<G711Law, Float32Array>> = {
  alaw: Float32Array.from({ length: 256 }, (_, code) => alaw(code) / 32768),
  ulaw: Float32Array.from({ length: 256 }, (_, code) => ulaw(code) / 32768),
};

/** Interleaved `data` of so many channels as one array a channel. Hot. */
export function expandG711(law: G711Law, data: Uint8Array, channels: number): Float32Array[] {
  const table = tables[law];
  const frames = Math.floor(data.length / channels);
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Float32Array(frames);
    for (let i = 0; i < frames; i++) out[i] = table[data[i * channels + channel]!]!;
    return out;
  });
}

/** §3, table 1: even bits come inverted. 13 bits, moved up to 16. */
function alaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const low = ((bits & 15) << 4) + 8;
  const size = segment === 0 ? low : (low + 256) << (segment - 1);
  return (bits & 0x80) === 0 ? -size : size;
}

/** §3, table 2: all bits come inverted. 14 bits, moved up to 16. */
function ulaw(code: number): number {
  const bits = ~code & 0xff;
  const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80) === 0 ? size : -size;
}
