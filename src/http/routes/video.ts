/** Live pictures for what plays no video: one JPEG, or an endless row of them, with boxes drawn in. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { CameraId } from '../../base/ids.ts';
import { isCameraId } from '../../base/ids.ts';
import { Problem } from '../../base/problem.ts';
import { notFound } from '../guard.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { untilEnded } from '../until-ended.ts';

const StreamQuery = Type.Object({ feed: Type.String({ maxLength: 64 }) }, { additionalProperties: false });
const PictureParams = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** A decoder begins in well under a second; a camera with seconds between its keyframes takes as long. */
const firstPictureMs = 10_000;

export function videoRoutes(parts: Pick<Parts, 'access' | 'pictures'>): Route[] {
  const { access, pictures } = parts;
  return [
    route({
      method: 'GET',
      url: '/video/stream',
      summary: 'Live pictures of a camera as motion JPEG, with boxes',
      access: { action: 'live.view', camera: { in: 'query', name: 'feed' } },
      schema: { query: StreamQuery },
      handler: ({ query, principal, request, reply, signal }) => {
        reply.header('content-type', 'multipart/x-mixed-replace; boundary=frame');
        reply.header('cache-control', 'no-store');
        const camera = cameraOf(query.feed);
        if (request.method === 'HEAD') return reply.send();
        const body = new PictureStream();
        const leave = pictures.watch(camera, (jpeg) => body.show(jpeg));
        const release = untilEnded(access, principal, () => body.destroy());
        body.once('close', () => {
          leave();
          release();
        });
        signal.addEventListener('abort', () => body.destroy(), { once: true });
        return reply.send(body);
      },
    }),
    route({
      method: 'GET',
      url: '/video/jpeg/:id',
      summary: 'The newest picture of a camera as JPEG, with boxes',
      access: { action: 'live.view', camera: { in: 'params', name: 'id' } },
      schema: { params: PictureParams },
      handler: async ({ params, reply, signal }) => {
        const jpeg = await onePicture(pictures, cameraOf(params.id), signal);
        reply.header('content-type', 'image/jpeg');
        reply.header('cache-control', 'no-store');
        return reply.send(Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength));
      },
    }),
  ];
}

function cameraOf(id: string): CameraId {
  if (!isCameraId(id)) throw notFound();
  return id;
}

async function onePicture(pictures: Parts['pictures'], camera: CameraId, signal: AbortSignal): Promise<Uint8Array> {
  const first = Promise.withResolvers<Uint8Array>();
  const late = (): void =>
    first.reject(
      new Problem('stream/not-live', 'there is no picture at the moment', { status: 503, retryAfterSeconds: 5 }),
    );
  const leave = pictures.watch(camera, first.resolve);
  const timer = setTimeout(late, firstPictureMs);
  signal.addEventListener('abort', late, { once: true });
  try {
    return await first.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', late);
    leave();
  }
}

/** Parts of `multipart/x-mixed-replace`. A reader that is slow gets the newest picture when it is ready for another. */
class PictureStream extends Readable {
  #newest: Uint8Array | undefined;
  #wantsMore = false;

  constructor() {
    // One picture may be under way, whatever its size.
    super({ highWaterMark: 1 });
  }

  show(jpeg: Uint8Array): void {
    if (this.destroyed) return;
    this.#newest = jpeg;
    if (this.#wantsMore) this.#push();
  }

  override _read(): void {
    this.#wantsMore = true;
    if (this.#newest !== undefined) this.#push();
  }

  #push(): void {
    const jpeg = this.#newest!;
    this.#newest = undefined;
    this.#wantsMore = false;
    const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
    this.push(Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')]));
  }
}
