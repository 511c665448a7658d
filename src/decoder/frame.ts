/** One decoded picture, small enough to look at with a program. */
export interface Frame {
  /** RGB, height × width × 3, 0..255. Owned by the receiver of the frame, and written to again only when he gives it back. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Capture time of the sample that it came from, UTC ms. */
  readonly at: number;
  /** `ptsTicks` of that sample. */
  readonly ptsTicks: number;
}
