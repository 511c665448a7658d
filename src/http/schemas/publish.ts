/** Making a browser a camera. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CameraParameter, Timestamp } from './common.ts';

export const PublishLinkParams = Type.Object({ id: CameraParameter });
export const PublishLinkRequest = Type.Object(
  {
    minutes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1440, description: 'how long the link is good; 15 where nothing is said' }),
    ),
  },
  { additionalProperties: false },
);
export const PublishLink = Type.Object({
  url: Type.String({ description: 'to be opened once, on the device that is to be the camera' }),
  expires: Timestamp,
});
export type PublishLink = Static<typeof PublishLink>;

export const RedeemRequest = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: 128 }) },
  { additionalProperties: false },
);
export const Redeemed = Type.Object({ camera: Type.String(), expires: Timestamp });
