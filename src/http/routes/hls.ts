/** HLS: playlists and segments of a camera. Each of them is asked for with credentials, and authorised by itself. */
import { Type } from 'typebox';
import { isCameraId } from '../../base/ids.ts';
import { notFound } from '../guard.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';

const FileParams = Type.Object({ id: Type.String({ maxLength: 64 }), '*': Type.String({ maxLength: 64 }) });

export function hlsRoutes({ hls }: Pick<Parts, 'hls'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/hls/:id/*',
      summary: 'A camera by HLS: `index.m3u8`, and what that names',
      access: { action: 'live.view', camera: { in: 'params', name: 'id' } },
      limit: 'challenge',
      schema: { params: FileParams },
      handler: async ({ params, reply, signal }) => {
        if (!isCameraId(params.id)) throw notFound();
        const file = await hls.file(params.id, params['*'], signal);
        if (file === undefined) throw notFound();
        reply.header('content-type', file.contentType);
        reply.header('cache-control', 'no-store');
        const { bytes } = file;
        return reply.send(
          typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        );
      },
    }),
  ];
}

/** On the port of HLS also by the camera's path, `/video/front-door/index.m3u8`, as players were given it before. */
export function hlsPathRoute({ streams }: Pick<Parts, 'streams'>): Route {
  return route({
    method: 'GET',
    url: '/*',
    summary: 'A camera by HLS, by its path',
    access: { action: 'live.view' },
    limit: 'challenge',
    hidden: true,
    schema: { params: Type.Object({ '*': Type.String({ maxLength: 256 }) }) },
    handler: ({ params, cameras, reply }) => {
      const path = /^(.+)\/index\.m3u8$/.exec(params['*'])?.[1];
      const camera = streams.list(cameras).find((one) => one.path === path);
      if (camera === undefined) throw notFound();
      return reply.redirect(`/hls/${camera.id}/index.m3u8`, 302);
    },
  });
}
