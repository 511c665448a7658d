/**
 * A picture that says when it was made: 640×360, 32 squares of black or white that hold 24 bits of the wall clock in ms
 * and a check of 8 bits. It survives any encoder; `live-page.js` reads it back off the screen.
 */
export const width = 640;
export const height = 360;
export const clockBits = 24;

const square = 40;
const columns = width / square;
const topRow = 3;
/** Limited range luma (BT.601). */
const black = 16;
const white = 235;

/** A frame in yuv420p with this time on it, UTC ms. */
export function clockFrame(at: number): Buffer {
  const frame = Buffer.alloc((width * height * 3) / 2, 128);
  frame.fill(60, 0, width * height);
  const code = at % 2 ** clockBits;
  const bytes = [(code >>> 16) & 0xff, (code >>> 8) & 0xff, code & 0xff];
  const bits = [...bytes, (bytes[0]! + bytes[1]! + bytes[2]!) & 0xff].flatMap((byte) =>
    Array.from({ length: 8 }, (_, i) => (byte >>> (7 - i)) & 1),
  );
  for (const [i, bit] of bits.entries()) {
    const left = (i % columns) * square;
    const top = (topRow + Math.floor(i / columns)) * square;
    for (let y = top; y < top + square; y++)
      frame.fill(bit === 1 ? white : black, y * width + left, y * width + left + square);
  }
  return frame;
}
