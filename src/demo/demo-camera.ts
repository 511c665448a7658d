/**
 * The camera of an empty installation: a drawn street that moves, so that a newcomer sees live picture before owning a
 * camera. It is a picture like any other to the rest of the program; what the detector says about it, it really says.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import type { Stream } from '../streams/stream.ts';
import { encodeLoop } from './demo-loop.ts';
import { sceneFrame, sceneSeconds } from './scene.ts';

const width = 640;
const height = 360;
const framesPerSecond = 10;
const ticksPerFrame = 90_000 / framesPerSecond;

/** Plays the scene into `stream` until `signal` aborts. */
export async function runDemoCamera(
  parts: { readonly clock: Clock; readonly log: Log },
  stream: Stream,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = parts;
  let loop: Awaited<ReturnType<typeof encodeLoop>>;
  try {
    const frames = Math.round(sceneSeconds * framesPerSecond);
    loop = await encodeLoop(
      {
        width,
        height,
        framesPerSecond,
        frames,
        draw: await sceneDrawer(),
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted) log.warn(describeError(error), 'demo camera not shown');
    return;
  }
  stream.attached();
  let next = clock.monotonicMs();
  for (let frame = 0; !signal.aborted; frame++) {
    const picture = loop.pictures[frame % loop.pictures.length]!;
    stream.accept({
      format: loop.format,
      ptsTicks: frame * ticksPerFrame,
      dtsTicks: frame * ticksPerFrame,
      at: clock.now(),
      keyframe: picture.keyframe,
      damaged: false,
      discontinuity: frame === 0,
      data: picture.data,
    });
    next += 1000 / framesPerSecond;
    const waitMs = next - clock.monotonicMs();
    if (waitMs < -1000) next = clock.monotonicMs();
    await pause(Math.max(0, waitMs), signal);
  }
}

/** Draws frame by number as RGB. Where nothing moved since the last one, and that is most of the scene, it is that one. */
async function sceneDrawer(): Promise<(frame: number) => Promise<Uint8Array>> {
  // Loaded for the demo alone: libvips is 15 MB.
  const { default: sharp } = await import('sharp');
  let drawn = '';
  let pixels: Promise<Uint8Array> | undefined;
  return (frame) => {
    const scene = sceneFrame(frame / framesPerSecond);
    if (pixels === undefined || scene !== drawn) {
      drawn = scene;
      pixels = sharp(Buffer.from(scene)).resize(width, height).removeAlpha().raw().toBuffer();
    }
    return pixels;
  };
}
