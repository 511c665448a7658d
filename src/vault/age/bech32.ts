/**
 * Bech32 (BIP 173) without its limit of 90 characters, as age uses it for keys. The checksum finds typing errors; it
 * protects nothing.
 */
const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;
/** Keys of ours have 62 to 76 characters; those of post-quantum recipients nearly 2,000. */
const maxLength = 4096;

export interface Bech32 {
  /** In lower case. */
  readonly prefix: string;
  readonly bytes: Buffer;
}

export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const words = regroup(bytes, 8, 5, true)!;
  const sum = polymod([...expand(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const check = [0, 1, 2, 3, 4, 5].map((at) => (sum >>> (5 * (5 - at))) & 31);
  return `${prefix}1${[...words, ...check].map((word) => alphabet[word]).join('')}`;
}

/** `undefined` for a wrong checksum, a mix of cases, a foreign character or bits left over. */
export function tryDecodeBech32(text: string): Bech32 | undefined {
  const lower = text.toLowerCase();
  if (text.length > maxLength || (text !== lower && text !== text.toUpperCase())) return undefined;
  const split = lower.lastIndexOf('1');
  if (split < 1 || split + 7 > lower.length) return undefined;
  const prefix = lower.slice(0, split);
  if (!/^[\x21-\x7e]+$/.test(prefix)) return undefined;
  const words: number[] = [];
  for (const char of lower.slice(split + 1)) {
    const word = alphabet.indexOf(char);
    if (word < 0) return undefined;
    words.push(word);
  }
  if (polymod([...expand(prefix), ...words]) !== 1) return undefined;
  const bytes = regroup(words.slice(0, -6), 5, 8, false);
  return bytes === undefined ? undefined : { prefix, bytes: Buffer.from(bytes) };
}

function polymod(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (let bit = 0; bit < 5; bit++) if ((top >>> bit) & 1) sum ^= generator[bit]!;
  }
  return sum >>> 0;
}

function expand(prefix: string): number[] {
  const codes = [...prefix].map((char) => char.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

function regroup(values: Iterable<number>, from: number, to: number, pad: boolean): number[] | undefined {
  const out: number[] = [];
  let held = 0;
  let bits = 0;
  for (const value of values) {
    held = ((held << from) | value) & 0xfff;
    bits += from;
    while (bits >= to) {
      bits -= to;
      out.push((held >>> bits) & ((1 << to) - 1));
    }
  }
  if (pad) {
    if (bits > 0) out.push((held << (to - bits)) & ((1 << to) - 1));
  } else if (bits >= from || ((held << (to - bits)) & ((1 << to) - 1)) !== 0) return undefined;
  return out;
}
