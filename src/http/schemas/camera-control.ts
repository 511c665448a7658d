/** What a person tells a camera to do. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CameraParameter } from './common.ts';

export const CameraParameters = Type.Object({ id: CameraParameter }, { additionalProperties: false });

export const RecordRequest = Type.Object(
  {
    action: Type.Union([Type.Literal('start'), Type.Literal('stop')]),
    seconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 14_400, description: 'after which it ends by itself; left out: 600' }),
    ),
  },
  { additionalProperties: false },
);

export const PrivacyRequest = Type.Object(
  { on: Type.Boolean({ description: 'true: nothing is watched, detected or recorded until it is false again' }) },
  { additionalProperties: false },
);

export const CameraControlled = Type.Object({
  stream_id: Type.String(),
  recording: Type.Boolean({ description: 'a recording by hand goes on' }),
  privacy: Type.Boolean(),
});
export type CameraControlled = Static<typeof CameraControlled>;
