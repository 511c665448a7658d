/**
 * Fits a frame into the model's picture: scaled with its proportions, in the middle with black around it, or as the
 * model wants it. Scaling is a
 * triangle filter as wide as the reduction needs it (no aliasing), one pass for the columns and one for the rows, with
 * weights computed once for a size. 640×360 to 416×234 takes a few milliseconds of the model's process.
 */
interface Taps {
  /** For each target place the first source place, and `count` weights that add up to one. */
  readonly first: Int32Array;
  readonly count: number;
  /** In 256ths. */
  readonly weights: Int32Array;
}

/** Of a reduction to more than a half, as from 640 to 416. */
const usualTaps = 4;
/** A half in 65536ths. */
const half = 32_768;

export interface LetterboxStyle {
  readonly place: 'center' | 'top-left' | 'stretch';
  readonly pad: number;
}

export class Letterbox {
  readonly #sourceWidth: number;
  readonly #sourceHeight: number;
  readonly #width: number;
  readonly #left: number;
  readonly #top: number;
  readonly #scaledWidth: number;
  readonly #scaledHeight: number;
  readonly #columns: Taps;
  readonly #rows: Taps;
  /** Columns fitted, rows not yet; in 256ths. */
  readonly #between: Uint16Array;
  /** RGB, height × width × 3 of the model's picture. Overwritten by the next `fit`. */
  readonly pixels: Uint8Array;

  /** `place`: where the frame goes; `stretch` gives up its proportions. `pad`: grey value around it, 0..255. */
  constructor(
    sourceWidth: number,
    sourceHeight: number,
    width: number,
    height: number,
    { place, pad }: LetterboxStyle = { place: 'center', pad: 0 },
  ) {
    const scale = Math.min(width / sourceWidth, height / sourceHeight);
    const fitted = (source: number, whole: number) =>
      place === 'stretch' ? whole : Math.max(1, Math.min(whole, Math.round(source * scale)));
    this.#sourceWidth = sourceWidth;
    this.#sourceHeight = sourceHeight;
    this.#width = width;
    this.#scaledWidth = fitted(sourceWidth, width);
    this.#scaledHeight = fitted(sourceHeight, height);
    this.#left = place === 'center' ? (width - this.#scaledWidth) >> 1 : 0;
    this.#top = place === 'center' ? (height - this.#scaledHeight) >> 1 : 0;
    this.#columns = triangle(sourceWidth, this.#scaledWidth);
    this.#rows = triangle(sourceHeight, this.#scaledHeight);
    this.#between = new Uint16Array(sourceHeight * this.#scaledWidth * 3);
    this.pixels = new Uint8Array(width * height * 3).fill(pad);
  }

  matches(sourceWidth: number, sourceHeight: number): boolean {
    return sourceWidth === this.#sourceWidth && sourceHeight === this.#sourceHeight;
  }

  /** Hot: once a frame. */
  fit(frame: Uint8Array): Uint8Array {
    this.#fitColumns(frame);
    this.#fitRows();
    return this.pixels;
  }

  /** A horizontal or vertical place of the model's picture, as 0..1 of the frame. */
  x(place: number): number {
    return clamped((place - this.#left) / this.#scaledWidth);
  }

  y(place: number): number {
    return clamped((place - this.#top) / this.#scaledHeight);
  }

  #fitColumns(frame: Uint8Array): void {
    const { first, count, weights } = this.#columns;
    const between = this.#between;
    let target = 0;
    for (let y = 0; y < this.#sourceHeight; y++) {
      const row = y * this.#sourceWidth * 3;
      for (let x = 0; x < this.#scaledWidth; x++) {
        let source = row + first[x]! * 3;
        if (count === usualTaps) {
          // Written out, for the loop takes as long as the sums: this is a tenth of the time that a frame takes.
          const tap = x * usualTaps;
          const [a, b, c, d] = [weights[tap]!, weights[tap + 1]!, weights[tap + 2]!, weights[tap + 3]!];
          for (let channel = 0; channel < 3; channel++, source++, target++)
            between[target] =
              a * frame[source]! + b * frame[source + 3]! + c * frame[source + 6]! + d * frame[source + 9]!;
          continue;
        }
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let tap = x * count, end = tap + count; tap < end; tap++) {
          const weight = weights[tap]!;
          red += weight * frame[source]!;
          green += weight * frame[source + 1]!;
          blue += weight * frame[source + 2]!;
          source += 3;
        }
        between[target] = red;
        between[target + 1] = green;
        between[target + 2] = blue;
        target += 3;
      }
    }
  }

  #fitRows(): void {
    const { first, count, weights } = this.#rows;
    const between = this.#between;
    const pixels = this.pixels;
    const length = this.#scaledWidth * 3;
    for (let y = 0; y < this.#scaledHeight; y++) {
      const target = ((this.#top + y) * this.#width + this.#left) * 3;
      const source = first[y]! * length;
      if (count === usualTaps) {
        const tap = y * usualTaps;
        const [a, b, c, d] = [weights[tap]!, weights[tap + 1]!, weights[tap + 2]!, weights[tap + 3]!];
        for (let x = 0, at = source; x < length; x++, at++)
          pixels[target + x] =
            (half +
              a * between[at]! +
              b * between[at + length]! +
              c * between[at + length * 2]! +
              d * between[at + length * 3]!) >>
            16;
        continue;
      }
      for (let x = 0; x < length; x++) {
        let sum = half;
        for (let tap = 0; tap < count; tap++) sum += weights[y * count + tap]! * between[source + tap * length + x]!;
        pixels[target + x] = sum >> 16;
      }
    }
  }
}

function triangle(source: number, target: number): Taps {
  const ratio = source / target;
  const reach = Math.max(1, ratio);
  const count = Math.min(source, Math.ceil(reach * 2));
  const first = new Int32Array(target);
  const weights = new Float32Array(target * count);
  const rounded = new Int32Array(target * count);
  for (let place = 0; place < target; place++) {
    const centre = (place + 0.5) * ratio - 0.5;
    const start = Math.max(0, Math.min(source - count, Math.floor(centre - reach) + 1));
    first[place] = start;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = Math.max(0, 1 - Math.abs(start + tap - centre) / reach);
      weights[place * count + tap] = weight;
      sum += weight;
    }
    // Rounded so that they add up to 256 all the same: a plain frame stays as it is.
    let left = 256;
    let exact = sum;
    for (let tap = 0; tap < count; tap++) {
      const share = weights[place * count + tap]!;
      const whole = exact > 0 ? Math.round((left * share) / exact) : 0;
      rounded[place * count + tap] = whole;
      left -= whole;
      exact -= share;
    }
  }
  return { first, count, weights: rounded };
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
