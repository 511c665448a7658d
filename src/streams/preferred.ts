/**
 * Reads one stream as long as it is live, and another while it isn't: what is looked for in the small stream must be
 * found as well on the day when the camera gives only the large one. A reader sees another format then, and goes on at
 * its first keyframe.
 */
import type { Stream, StreamReader } from './stream.ts';

/** Returns how to leave. */
export function subscribePreferred(preferred: Stream, otherwise: Stream, reader: StreamReader): () => void {
  const leave = [
    preferred.subscribe(reader),
    otherwise.subscribe({
      // hot
      sample: (sample) => {
        if (preferred.state.kind !== 'live') reader.sample(sample);
      },
    }),
  ];
  return () => {
    for (const one of leave) one();
  };
}
