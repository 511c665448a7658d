/** Cameras and what they show now. */

import { Type } from 'typebox';
import { Problem } from '../../base/problem.ts';
import { masked, Secret } from '../../base/secret.ts';
import { isoTime } from '../dates.ts';
import { notFound } from '../guard.ts';
import type { CameraEntry, Parts, SeenObject as Seen } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import {
  Cameras,
  Discovered,
  FeedStatus,
  Feeds,
  Paths,
  ProposedStreams,
  ProposedStreamsRequest,
  StatusQuery,
  Streams,
} from '../schemas/cameras.ts';
import type { SeenObject } from '../schemas/common.ts';

export function cameraRoutes({
  streams,
  recordings,
  discovery,
}: Pick<Parts, 'streams' | 'recordings' | 'discovery'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/cameras',
      summary: 'All cameras and their state',
      access: { action: 'status.view' },
      schema: { answer: Cameras },
      handler: ({ cameras }): Cameras => ({
        cameras: streams.list(cameras).map(({ id, name, path, kind, state, width, height, fps, substream }) => ({
          id,
          name,
          path,
          kind,
          state: { ...state },
          width,
          height,
          fps,
          substream,
        })),
      }),
    }),
    route({
      method: 'GET',
      url: '/api/cameras/discover',
      summary: 'ONVIF cameras that answer on the local networks; takes some seconds',
      access: { action: 'camera.configure' },
      schema: { answer: Discovered },
      handler: async (): Promise<Discovered> => ({ cameras: [...(await discovery.find())] }),
    }),
    route({
      method: 'POST',
      url: '/api/cameras/onvif',
      summary: 'Ask a camera that was found for the addresses of its streams',
      access: { action: 'camera.configure' },
      schema: { body: ProposedStreamsRequest, answer: ProposedStreams },
      handler: async ({ body, signal }): Promise<ProposedStreams> => {
        const service = URL.parse(body.service);
        if (service === null || service.username !== '' || service.password !== '')
          throw new Problem('http/invalid', 'this is no address of a camera', { status: 422 });
        const { username, password } = body;
        const credentials =
          username === undefined || password === undefined
            ? {}
            : { credentials: { username, password: new Secret(password) } };
        const { source, substream } = await discovery.streams({ service, ...credentials }, signal);
        return { source, substream: substream ?? null };
      },
    }),
    route({
      method: 'GET',
      url: '/feeds',
      summary: 'All cameras by id',
      access: { action: 'status.view' },
      schema: { answer: Feeds },
      handler: ({ cameras }): Feeds => {
        const list = streams.list(cameras);
        const feeds = list.map(({ id, name, source }) => [id, { id, name, source: masked(source) }] as const);
        return { feeds: Object.fromEntries(feeds), default: list[0]?.id ?? null };
      },
    }),
    route({
      method: 'GET',
      url: '/status',
      summary: 'What each camera shows now, or one of them',
      access: { action: 'status.view', camera: { in: 'query', name: 'feed' } },
      schema: { query: StatusQuery, answer: Type.Union([FeedStatus, Type.Record(Type.String(), FeedStatus)]) },
      handler: ({ cameras, query }) => {
        const list = streams.list(cameras);
        if (query.feed === undefined) return Object.fromEntries(list.map((camera) => [camera.id, feedStatus(camera)]));
        const asked = list.find(({ id }) => id === query.feed);
        if (asked === undefined) throw notFound();
        return feedStatus(asked);
      },
    }),
    route({
      method: 'GET',
      url: '/api/streams',
      summary: 'All streams with the totals of their recordings',
      access: { action: 'status.view' },
      schema: { answer: Streams },
      handler: async ({ cameras }): Promise<Streams> => {
        const totals = await recordings.totalsByCamera(cameras);
        return {
          streams: streams.list(cameras).map((camera) => {
            const { count = 0, durationMs = 0, newestAt = null } = totals.get(camera.id) ?? {};
            return {
              id: camera.id,
              name: camera.name,
              source: masked(camera.source),
              status: camera.state.kind === 'live' ? 'active' : 'inactive',
              fps: camera.fps,
              resolution: [camera.width, camera.height],
              recording_stats: {
                recording_count: count,
                total_duration: durationMs / 1000,
                latest_recording: newestAt === null ? null : isoTime(newestAt),
              },
            };
          }),
        };
      },
    }),
    pathsRoute({ streams }),
  ];
}

/** Also alone on `network.api_port`, for apps that discover cameras. */
export function pathsRoute({ streams }: Pick<Parts, 'streams'>): Route {
  return route({
    method: 'GET',
    url: '/paths',
    summary: 'The RTSP paths of the cameras',
    access: { action: 'status.view' },
    schema: { answer: Paths },
    handler: ({ cameras }): Paths => {
      const list = streams.list(cameras);
      return {
        paths: list.map(({ path }) => path),
        cameras: list.map(({ id, name, path }) => ({ id, name, path })),
      };
    },
  });
}

function feedStatus(camera: CameraEntry): FeedStatus {
  return {
    id: camera.id,
    name: camera.name,
    running: camera.state.kind === 'live',
    fps: camera.fps,
    resolution: [camera.width, camera.height],
    source: masked(camera.source),
    detections: camera.objects.map((object) => pixelObject(object, camera.width, camera.height)),
    recording: camera.state.recording,
    state: camera.state.kind,
  };
}

/** Boxes are kept 0..1 of the picture; the contract has corners in pixels. */
export function pixelObject(object: Seen, width: number, height: number): SeenObject {
  const [x, y, w, h] = object.box;
  const bbox = [x * width, y * height, (x + w) * width, (y + h) * height].map(Math.round);
  return { class: object.class, confidence: object.confidence, bbox };
}
