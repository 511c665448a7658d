/**
 * The wall clock of capture for each tick of a stream. Sender reports say it, where the camera's clock is right: it is
 * believed only while it agrees with ours to some seconds, for evidence must not carry the time of a camera that
 * thinks it is 1970. Otherwise the time of arrival counts, with the network's jitter taken out: of all packets the one
 * that came fastest tells the offset best, and the offset may grow slowly, to follow a drifting clock.
 */
export interface WallClockOptions {
  /** Hz. */
  readonly clockRate: number;
  /** A camera whose clock is further from ours isn't believed. Default 5 s. */
  readonly maxSkewMs?: number;
}

/** Larger differences between two reports are a set clock, smaller ones are drift and smoothed. */
const stepMs = 250;
const smoothing = 0.25;
/** By how much of the passed time the offset may grow: cameras' crystals are good to 100 ppm. */
const leak = 0.0005;

export class WallClock {
  readonly #msPerTick: number;
  readonly #maxSkewMs: number;
  /** `at` minus media time by reports, and by arrival. */
  #reported: number | undefined;
  #arrived: number | undefined;
  #lastMediaMs = 0;
  #skewMs: number | undefined;

  constructor(options: WallClockOptions) {
    this.#msPerTick = 1000 / options.clockRate;
    this.#maxSkewMs = options.maxSkewMs ?? 5000;
  }

  /** Camera's clock minus ours by its last report, in ms; undefined where it sends none. */
  get skewMs(): number | undefined {
    return this.#skewMs;
  }

  /** UTC ms of capture of this tick, whose first packet came at `arrivalAt`. Hot. */
  at(ticks: number, arrivalAt: number): number {
    const mediaMs = ticks * this.#msPerTick;
    const offset = arrivalAt - mediaMs;
    if (this.#arrived === undefined || Math.abs(offset - this.#arrived) > 10_000) {
      this.#arrived = offset;
    } else {
      const grown = this.#arrived + Math.max(0, mediaMs - this.#lastMediaMs) * leak;
      this.#arrived = Math.min(offset, grown);
    }
    this.#lastMediaMs = mediaMs;
    // No picture comes before it is taken. GStreamer's server stamps the burst from its newest keyframe with the time of
    // sending, so that by its reports everything is up to a GOP in the future.
    return mediaMs + Math.min(this.#reported ?? this.#arrived, this.#arrived);
  }

  /** A sender report: wall clock `at` at this tick, come at `arrivalAt`. */
  report(ticks: number, at: number, arrivalAt: number): void {
    this.#skewMs = at - arrivalAt;
    if (Math.abs(this.#skewMs) > this.#maxSkewMs) {
      this.#reported = undefined;
      return;
    }
    const offset = at - ticks * this.#msPerTick;
    // Reports may speak of a tick far from what is sent: then the two clocks aren't of one stream.
    if (this.#arrived !== undefined && Math.abs(offset - this.#arrived) > this.#maxSkewMs) return;
    const error = this.#reported === undefined ? 0 : offset - this.#reported;
    this.#reported =
      this.#reported === undefined || Math.abs(error) > stepMs ? offset : this.#reported + error * smoothing;
  }

  /** Ticks have no longer to do with those before (a jump). */
  reset(): void {
    this.#reported = undefined;
    this.#arrived = undefined;
  }
}
