/** What came in on a track, counted since the beginning. */
export interface TrackStats {
  packets: number;
  /** Missing by sequence number. */
  lost: number;
  /** Late or repeated, dropped. */
  late: number;
  /** No RTP, another payload type, or a payload that contradicts itself; dropped. */
  malformed: number;
  samples: number;
  damaged: number;
  /** Pictures that were dropped: no parameter sets yet, larger than the limit, or nothing left of them. */
  dropped: number;
  /** Jumps of the camera's clock, other sources included. */
  jumps: number;
}

export function emptyStats(): TrackStats {
  return { packets: 0, lost: 0, late: 0, malformed: 0, samples: 0, damaged: 0, dropped: 0, jumps: 0 };
}
