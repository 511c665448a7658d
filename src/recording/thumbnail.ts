/** The picture that stands for a clip: made only when the clip is finished, from a frame that was decoded anyway. */
export interface Thumbnail {
  /** Higher is better: confidence × size of the object. */
  readonly score: number;
  /** 0..1 */
  readonly confidence: number;
  readonly jpeg: () => Promise<Uint8Array>;
  /** The object alone, for lists. */
  readonly crop?: () => Promise<Uint8Array>;
  /** A few moving pictures (WebP) of all of the visit. */
  readonly preview?: () => Promise<Uint8Array | undefined>;
}
