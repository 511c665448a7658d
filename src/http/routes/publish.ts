/** A link that makes a device a camera, and what the device does with it. */
import { isCameraId } from '../../base/ids.ts';
import { Secret } from '../../base/secret.ts';
import { deviceCookie } from '../cookie.ts';
import { isoTime } from '../dates.ts';
import { count, notFound } from '../guard.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { PublishLink, PublishLinkParams, PublishLinkRequest, Redeemed, RedeemRequest } from '../schemas/publish.ts';

const defaultMinutes = 15;

export function publishRoutes({ access, streams }: Pick<Parts, 'access' | 'streams'>): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/cameras/:id/publish-link',
      summary: 'Make a link that turns the device that opens it into this camera; it works once',
      access: { action: 'camera.configure', camera: { in: 'params', name: 'id' } },
      schema: { params: PublishLinkParams, body: PublishLinkRequest, answer: PublishLink },
      handler: async ({ params, body, principal, cameras, visit, request }): Promise<PublishLink> => {
        const camera = streams.list(cameras).find(({ id, kind }) => id === params.id && kind === 'publish');
        if (camera === undefined) throw notFound();
        const by = { who: principal.username, from: visit.address };
        const wish = { camera: camera.id, minutes: body.minutes ?? defaultMinutes };
        const { code, expiresAt } = await access.publishLinks.make(principal.accountId, wish, by);
        // The gate has looked at the Host header. Behind `#`, so that the code is in no server's log.
        const url = `${visit.secure ? 'https' : 'http'}://${request.headers.host}/publish#${code.reveal()}`;
        return { url, expires: isoTime(expiresAt) };
      },
    }),
    route({
      method: 'POST',
      url: '/api/publish/redeem',
      summary: 'Open a link to publish: the device may be that camera from now on',
      access: 'open',
      limit: 'own',
      callers: 'own-page',
      schema: { body: RedeemRequest, answer: Redeemed },
      handler: async ({ body, visit, reply }) => {
        count(access, visit, '/api/publish/redeem');
        const { camera, token, expiresAt } = await access.publishLinks.redeem(new Secret(body.code), visit.address);
        if (!isCameraId(camera)) throw notFound();
        reply.header('set-cookie', deviceCookie(token));
        return { camera, expires: isoTime(expiresAt) };
      },
    }),
  ];
}
