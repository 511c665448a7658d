/**
 * What happens to the frames of one camera, one after another: motion gate, model, filter, tracker; and the best frame
 * of each object is kept for its thumbnail.
 */
import type { Frame } from '../decoder/frame.ts';
import type { MaskBox } from '../decoder/mask-boxes.ts';
import { blackOut } from '../decoder/mask-boxes.ts';
import type { Box, Detection } from './detection.ts';
import type { Sensitivity } from './motion-gate.ts';
import { MotionGate } from './motion-gate.ts';
import type { ObjectFilter } from './object-filter.ts';
import type { ObjectTrack } from './tracker.ts';
import { Tracker } from './tracker.ts';

/** The picture that shows an object best so far. */
export interface BestView {
  readonly frame: Frame;
  readonly box: Box;
  readonly confidence: number;
  readonly class: string;
}

export interface TrackedObject extends ObjectTrack {
  /** Null where too many others hold one. */
  readonly best: BestView | null;
}

export interface TrackUpdate {
  /** Capture time of the frame, UTC ms. */
  readonly at: number;
  /** Size of the frames that were looked at, in pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * `looked`: the model looked at this frame; `quiet`: nothing moved, so it didn't have to; `dropped`: it had no time.
   * Without a look the objects are as they were last seen.
   */
  readonly look: 'looked' | 'quiet' | 'dropped';
  /** The picture, where there was one; its bytes are somebody else's after the call that hands it out. */
  readonly frame?: Frame;
  /** All that are being followed, also those not confirmed or not moving. */
  readonly objects: readonly TrackedObject[];
  /** Confirmed objects that are gone since the last update. */
  readonly ended: readonly TrackedObject[];
}

export type FindObjects = (frame: Frame) => Promise<readonly Detection[] | 'dropped'>;

export interface FrameAnalysisOptions {
  readonly find: FindObjects;
  readonly filter: ObjectFilter;
  readonly sensitivity?: Sensitivity;
  /** What is blackened in pictures that go on from here. */
  readonly blackened?: readonly MaskBox[];
  /** Of the frames, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Numbers for new objects. */
  readonly nextTrack: () => number;
}

/** Frames of 0.7 MB that one camera may hold; objects found in the same frame share it. */
const maxBestFrames = 8;

export class FrameAnalysis {
  readonly #find: FindObjects;
  readonly #filter: ObjectFilter;
  readonly #best = new Map<number, BestView & { readonly worth: number }>();
  readonly #gate: MotionGate;
  readonly #blackened: readonly MaskBox[];
  readonly #tracker: Tracker;
  readonly #width: number;
  readonly #height: number;
  #lastAt = 0;
  /** Frames that the gate let through, and all. */
  readonly stats = { looked: 0, seen: 0 };

  constructor(options: FrameAnalysisOptions) {
    const { find, filter, width, height, nextTrack } = options;
    this.#find = find;
    this.#filter = filter;
    this.#width = width;
    this.#blackened = options.blackened ?? [];
    this.#height = height;
    this.#gate = new MotionGate(width, height, { masks: filter.masks, sensitivity: options.sensitivity ?? 'normal' });
    this.#tracker = new Tracker({
      aspect: width / height,
      thresholds: (label) => filter.thresholds(label),
      nextTrack,
    });
  }

  /**
   * Frames in the order of their time, the next one when this one has been answered; then nobody holds the frame's
   * buffer any more. Never rejects.
   */
  async take(frame: Frame): Promise<TrackUpdate> {
    const { look } = this.#gate.next(frame.data, frame.at, this.#tracker.live.length > 0);
    const found = look ? await this.#find(frame) : 'quiet';
    // The model has seen it; from here on people may.
    blackOut(frame, this.#blackened);
    return { ...this.#follow(frame, found), frame };
  }

  #follow(frame: Frame, found: readonly Detection[] | 'quiet' | 'dropped'): TrackUpdate {
    this.#lastAt = frame.at;
    this.stats.seen++;
    if (found === 'quiet') return this.#update(frame.at, 'quiet', this.#tracker.expire(frame.at));
    this.stats.looked++;
    if (found === 'dropped') return this.#update(frame.at, 'dropped', this.#tracker.expire(frame.at));
    const accepted = found.filter((one) => this.#filter.accepts(one));
    const ended = this.#tracker.update(accepted, frame.at);
    this.#keepBest(frame);
    return this.#update(frame.at, 'looked', ended);
  }

  /** Nothing has come for `quietMs`: the objects that the camera saw last are gone. */
  interrupt(quietMs: number): TrackUpdate {
    return this.#update(this.#lastAt + quietMs, 'quiet', this.#tracker.clear());
  }

  #update(at: number, look: TrackUpdate['look'], gone: readonly ObjectTrack[]): TrackUpdate {
    const withBest = (one: ObjectTrack): TrackedObject => ({ ...publicPart(one), best: this.#bestOf(one.track) });
    const objects = this.#tracker.live.map(withBest);
    const ended = gone.map(withBest);
    const live = new Set(objects.map((one) => one.track));
    for (const track of this.#best.keys()) if (!live.has(track)) this.#best.delete(track);
    return { at, width: this.#width, height: this.#height, look, objects, ended };
  }

  #bestOf(track: number): BestView | null {
    return this.#best.get(track) ?? null;
  }

  #keepBest(frame: Frame): void {
    let copy: Frame | undefined;
    for (const one of this.#tracker.live) {
      if (one.lastAt !== frame.at) continue;
      const [x, y, width, height] = one.box;
      // Something cut off by the picture's edge shows less of itself.
      const whole = x > 0.005 && y > 0.005 && x + width < 0.995 && y + height < 0.995;
      const worth = one.confidence * Math.sqrt(width * height) * (whole ? 1 : 0.7);
      const kept = this.#best.get(one.track);
      if (kept !== undefined && worth < kept.worth * 1.05) continue;
      if (kept === undefined && this.#best.size >= maxBestFrames) continue;
      copy ??= { ...frame, data: frame.data.slice() };
      this.#best.set(one.track, { frame: copy, box: one.box, confidence: one.confidence, class: one.class, worth });
    }
  }
}

function publicPart(one: ObjectTrack): ObjectTrack {
  const { track, box, path, confidence, bestConfidence, firstAt, lastAt, confirmed, moving, movedAt } = one;
  return {
    track,
    class: one.class,
    box,
    path,
    confidence,
    bestConfidence,
    firstAt,
    lastAt,
    confirmed,
    moving,
    movedAt,
  };
}
