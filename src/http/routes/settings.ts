/** `surveillance.yml` by the dashboard: read, changed key by key, cameras added, tried and removed. For admins. */
import type { CameraId } from '../../base/ids.ts';
import { Secret } from '../../base/secret.ts';
import type { Actor, Parts, Principal, SettingValue } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { Done } from '../schemas/common.ts';
import {
  AddedCamera,
  CameraChange,
  CameraParameters,
  CameraPassword,
  CameraTest,
  CameraTestAnswer,
  NewCamera,
  Settings,
  SettingsChange,
} from '../schemas/settings.ts';

const rule = { action: 'camera.configure' } as const;

export function settingsRoutes({ settings }: Pick<Parts, 'settings'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/config',
      summary: 'The configuration: its values, its meaning, and whether it can be written',
      access: rule,
      schema: { answer: Settings },
      handler: async () => {
        const { file, writable, pinned, values, cameras, waiting, schema } = await settings.read();
        return {
          ...{ file, writable, values, schema },
          pinned: [...pinned],
          waiting: [...waiting],
          cameras: cameras.map(({ id, entry }) => ({ id, entry })),
        };
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/config',
      summary: 'Change settings in the file, which keeps its comments, and apply them; all of them or none',
      access: rule,
      schema: { body: SettingsChange, answer: Done },
      handler: async ({ body, principal, visit }) => {
        await settings.change(
          body.changes.map(({ key, value }) => ({ key, value: value as SettingValue })),
          actor(principal, visit),
        );
        return { success: true, message: 'the configuration was changed' };
      },
    }),
    route({
      method: 'POST',
      url: '/api/cameras',
      summary: 'Add a camera: with a source it is pulled, without one it publishes to its path',
      access: rule,
      schema: { body: NewCamera, answer: AddedCamera },
      handler: async ({ body, principal, visit }): Promise<AddedCamera> => {
        const { password, ...camera } = body;
        const given = password === undefined ? camera : { ...camera, password: new Secret(password) };
        return await settings.addCamera(given, actor(principal, visit));
      },
    }),
    route({
      method: 'POST',
      url: '/api/cameras/test',
      summary: 'Connect to a camera once, before it is added',
      access: rule,
      schema: { body: CameraTest, answer: CameraTestAnswer },
      handler: async ({ body, signal }): Promise<CameraTestAnswer> => {
        const { password, ...camera } = body;
        const given = password === undefined ? camera : { ...camera, password: new Secret(password) };
        const { codec, width, height, fps } = await settings.testCamera(given, signal);
        return { codec, width, height, fps };
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/cameras/:id',
      summary: 'Change keys of a camera in the file, such as `zones` or `recording.mode`',
      access: rule,
      schema: { params: CameraParameters, body: CameraChange, answer: Done },
      handler: async ({ params, body, principal, visit }) => {
        const changes = Object.fromEntries(body.changes.map(({ key, value }) => [key, value as SettingValue]));
        await settings.changeCamera(params.id as CameraId, changes, actor(principal, visit));
        return { success: true, message: 'the camera was changed' };
      },
    }),
    route({
      method: 'PUT',
      url: '/api/cameras/:id/password',
      summary: 'Give the user and password by which a camera lets us in',
      access: rule,
      schema: { params: CameraParameters, body: CameraPassword, answer: Done },
      handler: async ({ params, body, principal, visit }) => {
        const credentials = { username: body.username, password: new Secret(body.password) };
        await settings.setCameraPassword(params.id as CameraId, credentials, actor(principal, visit));
        return { success: true, message: 'the password was changed' };
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/cameras/:id',
      summary: 'Take a camera out of the file; its recordings stay',
      access: rule,
      schema: { params: CameraParameters, answer: Done },
      handler: async ({ params, principal, visit }) => {
        await settings.removeCamera(params.id as CameraId, actor(principal, visit));
        return { success: true, message: 'the camera was removed' };
      },
    }),
  ];
}

function actor(principal: Principal, visit: { readonly address: string }): Actor {
  return { who: principal.username, from: visit.address };
}
