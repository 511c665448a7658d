/** Cameras as an admin adds, changes and removes them. */
import type { Discovered, ProposedStreams } from '../../../src/http/schemas/cameras.ts';
import type { AddedCamera, CameraTestAnswer } from '../../../src/http/schemas/settings.ts';
import type { Api } from '../api/client.ts';

export interface CameraAddress {
  readonly source: string;
  readonly username?: string;
  readonly password?: string;
}

/** A camera may be asleep, and its first keyframe far away. */
const testTimeoutMs = 25_000;

export function testCamera(api: Api, camera: CameraAddress): Promise<CameraTestAnswer> {
  return api.send('POST', '/api/cameras/test', camera, { timeoutMs: testTimeoutMs });
}

/** Takes some seconds. */
export async function findCameras(api: Api, signal: AbortSignal): Promise<Discovered['cameras']> {
  const { cameras } = await api.get<Discovered>('/api/cameras/discover', signal);
  return cameras;
}

/** The streams of a found one. @param service its ONVIF address */
export function askForStreams(
  api: Api,
  camera: { readonly service: string; readonly username?: string; readonly password?: string },
): Promise<ProposedStreams> {
  return api.send('POST', '/api/cameras/onvif', camera, { timeoutMs: testTimeoutMs });
}

export function addCamera(
  api: Api,
  camera: { readonly name: string; readonly substream?: string } & Partial<CameraAddress>,
): Promise<AddedCamera> {
  return api.send('POST', '/api/cameras', camera);
}

export function changeCamera(
  api: Api,
  id: string,
  changes: readonly { readonly key: string; readonly value: unknown }[],
): Promise<unknown> {
  return api.send('PATCH', `/api/cameras/${encodeURIComponent(id)}`, { changes });
}

export function removeCamera(api: Api, id: string): Promise<unknown> {
  return api.send('DELETE', `/api/cameras/${encodeURIComponent(id)}`);
}

/** A link that makes the browser that opens it this camera. It works once, and for a quarter of an hour. */
export async function publishLink(api: Api, id: string): Promise<string> {
  const path = `/api/cameras/${encodeURIComponent(id)}/publish-link`;
  return (await api.send<{ url: string }>('POST', path, { minutes: 15 })).url;
}

/** Until it is stopped, or as long as the server lets it go on by itself. */
export function recordByHand(api: Api, id: string, action: 'start' | 'stop'): Promise<unknown> {
  return api.send('POST', `/api/cameras/${encodeURIComponent(id)}/record`, { action });
}

export function setPrivacy(api: Api, id: string, on: boolean): Promise<unknown> {
  return api.send('POST', `/api/cameras/${encodeURIComponent(id)}/privacy`, { on });
}

/** An account that may publish to this camera and do nothing else. The password is told this once. */
export async function publisherFor(api: Api, camera: string): Promise<{ username: string; password: string }> {
  const username = `${camera.slice(0, 40)}-phone`;
  const made = await api.send<{ username: string; password?: string }>('POST', '/api/accounts', {
    username,
    user_type: 'publisher',
    cameras: [camera],
    stream: true,
  });
  return { username: made.username, password: made.password ?? '' };
}
