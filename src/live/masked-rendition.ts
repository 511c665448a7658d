/**
 * The one rendition of a camera with privacy masks that everybody gets: live, RTSP, HLS, motion JPEG and disk read
 * `masked`; `raw` is read by the detector alone. Sound goes along as it came.
 */
import { Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import type { MaskBox } from '../decoder/mask-boxes.ts';
import { MaskEncoder } from '../decoder/mask-encoder.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Sample } from '../media/sample.ts';
import type { Stream } from '../streams/stream.ts';

export interface MaskedRenditionOptions {
  readonly raw: Stream;
  readonly masked: Stream;
  readonly boxes: readonly MaskBox[];
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
}

/** Until the signal aborts; then the encoder is gone. */
export async function runMaskedRendition(options: MaskedRenditionOptions, signal: AbortSignal): Promise<void> {
  const { raw, masked, boxes, sandbox, clock, log } = options;
  const backoff = new Backoff(500, 30_000);
  const ending = new Set<Promise<unknown>>();
  let encoder: MaskEncoder | undefined;
  let format: Sample['format'] | undefined;
  let retryAt = 0;

  const release = (): void => {
    const old = encoder;
    encoder = undefined;
    if (old !== undefined) void old[Symbol.asyncDispose]();
  };
  const begin = (sample: Sample): MaskEncoder | undefined => {
    if (sample.format.kind !== 'video') return undefined;
    masked.attached();
    let given = 0;
    const started: MaskEncoder = new MaskEncoder({ format: sample.format, boxes, sandbox, clock }, (one) => {
      // What an encoder of before gives out late is no longer wanted.
      if (encoder !== started) return;
      if (++given === 100) backoff.reset();
      masked.accept(one);
    });
    const end = started.ended.then((problem) => {
      ending.delete(end);
      if (encoder !== started || signal.aborted) return;
      encoder = undefined;
      const waitMs = backoff.nextMs();
      retryAt = clock.monotonicMs() + waitMs;
      log.warn({ ...describeError(problem), waitMs }, 'masker ended');
      masked.failed(problem, clock.now() + waitMs);
    });
    ending.add(end);
    return started;
  };

  const leave = [
    raw.subscribe({
      sample: (sample) => {
        if (sample.format.kind === 'audio') {
          if (encoder !== undefined) masked.accept(sample);
          return;
        }
        if (sample.discontinuity || sample.format !== format) release();
        format = sample.format;
        if (encoder === undefined) {
          if (!sample.keyframe || clock.monotonicMs() < retryAt) return;
          encoder = begin(sample);
        }
        encoder?.write(sample);
      },
    }),
    raw.onState((state) => {
      if (state.kind === 'connecting') masked.connecting();
      else if (state.kind === 'waiting') masked.waiting();
      else if ('problem' in state) masked.failed(state.problem, state.retryAt);
      if (state.kind !== 'live') release();
    }),
  ];
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (const one of leave) one();
  release();
  await Promise.all(ending);
}
