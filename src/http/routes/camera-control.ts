/** Recording by hand, and the switch for privacy. */
import type { CameraId } from '../../base/ids.ts';
import { notFound } from '../guard.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { CameraControlled, CameraParameters, PrivacyRequest, RecordRequest } from '../schemas/camera-control.ts';

const usualSeconds = 600;

export function cameraControlRoutes({
  cameraControl,
  streams,
  audit,
}: Pick<Parts, 'cameraControl' | 'streams' | 'audit'>): Route[] {
  const camera = { in: 'params', name: 'id' } as const;
  const known = (id: string): CameraId => {
    const found = streams.list('all').find((one) => one.id === id);
    if (found === undefined) throw notFound();
    return found.id;
  };
  const answer = (id: CameraId): CameraControlled => ({ stream_id: id, ...cameraControl.state(id) });
  return [
    route({
      method: 'POST',
      url: '/api/cameras/:id/record',
      summary: 'Start or stop recording by hand',
      access: { action: 'camera.configure', camera },
      schema: { params: CameraParameters, body: RecordRequest, answer: CameraControlled },
      handler: async ({ params, body, principal, visit }) => {
        const id = known(params.id);
        const kind = body.action === 'start' ? 'recording.manual-started' : 'recording.manual-stopped';
        if (body.action === 'start') cameraControl.record(id, body.seconds ?? usualSeconds);
        else cameraControl.stopRecording(id);
        await audit.append({ kind, who: principal.username, from: visit.address, camera: id });
        return answer(id);
      },
    }),
    route({
      method: 'POST',
      url: '/api/cameras/:id/privacy',
      summary: 'Switch a camera off for privacy, or on again',
      access: { action: 'camera.configure', camera },
      schema: { params: CameraParameters, body: PrivacyRequest, answer: CameraControlled },
      handler: async ({ params, body, principal, visit }) => {
        const id = known(params.id);
        await audit.append({
          kind: body.on ? 'camera.privacy-on' : 'camera.privacy-off',
          ...{ who: principal.username, from: visit.address, camera: id },
        });
        await cameraControl.setPrivacy(id, body.on);
        return answer(id);
      },
    }),
  ];
}
