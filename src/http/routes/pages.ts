/**
 * The dashboard: its pages are one document that routes for itself, so each known page address answers with it. An
 * address that isn't listed is 404 as JSON, never the page. Open to all: there is nothing of anybody in these files.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem } from '../../base/problem.ts';
import type { Asset, Assets } from '../assets.ts';
import { notFound } from '../guard.ts';
import { noneMatch } from '../range.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';

/** Addresses of the dashboard's own pages, as find-my-way writes them. */
export const pages: readonly string[] = [
  '/',
  '/login',
  '/setup',
  '/wall',
  '/events',
  '/events/:id',
  '/cameras',
  '/cameras/:id',
  '/timeline',
  '/stats',
  '/settings',
  '/security',
  '/more',
  '/publish',
];

/** What stands behind `?` is read by the page itself, in the browser. */
const pageQuery = Type.Object({}, { additionalProperties: true });

export function isPage(path: string): boolean {
  return pages.some((page) => {
    const pattern = page.split('/');
    const asked = path.split('/');
    return (
      pattern.length === asked.length &&
      pattern.every((part, index) => (part.startsWith(':') ? asked[index] !== '' : part === asked[index]))
    );
  });
}

export function pageRoutes(assets: Assets): Route[] {
  const open = { method: 'GET', access: 'open', limit: 'none', hidden: true } as const;
  const page = pages.map((url) =>
    route({
      ...open,
      url,
      summary: 'A page of the dashboard',
      schema: { query: pageQuery },
      handler: ({ request, reply }) => {
        // find-my-way lets a parameter be empty: `/events/` is none of ours
        if (!isPage(request.url.replace(/\?.*$/, ''))) throw notFound();
        const index = assets.get('/index.html');
        if (index === undefined)
          throw new Problem('http/dashboard-missing', 'the dashboard has not been built', {
            status: 404,
            hint: 'npm run build',
          });
        return send(index, request, reply);
      },
    }),
  );
  const top = [...assets]
    .filter(([path]) => path !== '/index.html' && !path.startsWith('/assets/'))
    .map(([url, asset]) =>
      route({
        ...open,
        url,
        summary: 'A file of the dashboard',
        handler: ({ request, reply }) => send(asset, request, reply),
      }),
    );
  const hashed = route({
    ...open,
    url: '/assets/*',
    summary: 'A file of the dashboard',
    handler: ({ request, reply }) => {
      const asset = assets.get(`/assets/${(request.params as { readonly '*': string })['*']}`);
      if (asset === undefined) throw notFound();
      return send(asset, request, reply);
    },
  });
  return [...page, ...top, hashed];
}

function send(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('cache-control', asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  reply.header('etag', asset.etag);
  reply.header('vary', 'Origin, Accept-Encoding');
  if (noneMatch(request.headers['if-none-match'], asset.etag)) return reply.code(304).send();
  reply.header('content-type', asset.contentType);
  const packed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) ? asset.gzipped : undefined;
  if (packed !== undefined) reply.header('content-encoding', 'gzip');
  return reply.send(packed ?? asset.bytes);
}
