/**
 * A box that moves, as a Kalman filter sees it: centre, width and height, each with its own velocity, and noise in
 * proportion to the box's height as in ByteTrack and SORT before it (Bewley et al. 2016). The four don't disturb each
 * other, so each is a filter of two numbers, and no matrix is needed. Times may lie apart as they like: at five frames
 * a second on a good day, at one in three seconds on a machine that has too much to do.
 */
import type { Box } from './detection.ts';

/** Of a box's side, in heights: how far the model's boxes jump while nothing moves. */
const measured = 0.06;
/** In heights a second²: how quickly people turn round, and how quickly a box changes its size. */
const acceleration = { place: 2, size: 0.4 } as const;
/** In heights a second: what is seen for the first time may be under way already. */
const firstSpeed = { place: 2, size: 0.3 } as const;
/** Further ahead nobody can tell where something is. */
const maxAheadSeconds = 3;
const least = 1e-3;

interface Axis {
  value: number;
  speed: number;
  /** Variances of the two and their covariance. */
  valueVariance: number;
  shared: number;
  speedVariance: number;
}

export class KalmanBox {
  readonly #aspect: number;
  readonly #x: Axis;
  readonly #y: Axis;
  readonly #width: Axis;
  readonly #height: Axis;
  #at: number;

  /** `aspect`: width / height of the picture; `at`: UTC ms. */
  constructor(box: Box, at: number, aspect: number) {
    this.#aspect = aspect;
    this.#at = at;
    const [across, upright] = this.#scales(box[3]);
    this.#x = newAxis(box[0] + box[2] / 2, across, firstSpeed.place);
    this.#y = newAxis(box[1] + box[3] / 2, upright, firstSpeed.place);
    this.#width = newAxis(box[2], across, firstSpeed.size);
    this.#height = newAxis(box[3], upright, firstSpeed.size);
  }

  /** Where it is by now, wholly inside the picture. */
  get box(): Box {
    return boxOf(this.#x.value, this.#y.value, this.#width.value, this.#height.value);
  }

  /** Where it should be at `at`; not clipped, for what has left the picture must not be found at its edge. */
  expected(at: number): Box {
    const seconds = Math.min(maxAheadSeconds, Math.max(0, (at - this.#at) / 1000));
    const width = Math.max(least, this.#width.value);
    const height = Math.max(least, this.#height.value);
    const x = this.#x.value + this.#x.speed * seconds;
    const y = this.#y.value + this.#y.speed * seconds;
    return [x - width / 2, y - height / 2, width, height];
  }

  /** Takes what was measured at `at`. A weak box says less about the place than a good one: `confidence` is 0..1. */
  correct(box: Box, at: number, confidence: number): void {
    const seconds = Math.min(maxAheadSeconds, Math.max(0.02, (at - this.#at) / 1000));
    this.#at = at;
    const [across, upright] = this.#scales(Math.max(least, this.#height.value));
    // As in StrongSORT's NSA filter (Du et al. 2022): noise falls with confidence, but never to nothing.
    const noise = measured * (1.3 - confidence);
    step(this.#x, box[0] + box[2] / 2, seconds, acceleration.place * across, noise * across);
    step(this.#y, box[1] + box[3] / 2, seconds, acceleration.place * upright, noise * upright);
    step(this.#width, box[2], seconds, acceleration.size * across, noise * across);
    step(this.#height, box[3], seconds, acceleration.size * upright, noise * upright);
  }

  /** What a height is in picture widths and in picture heights. */
  #scales(height: number): readonly [number, number] {
    const upright = Math.max(0.02, height);
    return [upright / this.#aspect, upright];
  }
}

function newAxis(value: number, scale: number, speed: number): Axis {
  const valueVariance = (2 * measured * scale) ** 2;
  return { value, speed: 0, valueVariance, shared: 0, speedVariance: (speed * scale) ** 2 };
}

/** One prediction over `seconds` with white noise in the acceleration, and one correction. Hot. */
function step(axis: Axis, found: number, seconds: number, jerk: number, noise: number): void {
  const variance = jerk * jerk;
  axis.value += axis.speed * seconds;
  axis.valueVariance += seconds * (2 * axis.shared + seconds * axis.speedVariance) + (variance * seconds ** 4) / 4;
  axis.shared += seconds * axis.speedVariance + (variance * seconds ** 3) / 2;
  axis.speedVariance += variance * seconds ** 2;
  const total = axis.valueVariance + noise * noise;
  const gain = axis.valueVariance / total;
  const speedGain = axis.shared / total;
  const error = found - axis.value;
  axis.value += gain * error;
  axis.speed += speedGain * error;
  axis.speedVariance -= speedGain * axis.shared;
  axis.shared -= gain * axis.shared;
  axis.valueVariance -= gain * axis.valueVariance;
}

function boxOf(x: number, y: number, width: number, height: number): Box {
  const left = clamped(x - width / 2);
  const top = clamped(y - height / 2);
  const right = clamped(x + width / 2);
  const bottom = clamped(y + height / 2);
  return [
    Math.min(left, 1 - least),
    Math.min(top, 1 - least),
    Math.max(least, right - left),
    Math.max(least, bottom - top),
  ];
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
