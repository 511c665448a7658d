/** Shapes that several routes share. The dashboard takes its types from this folder (as types only). */

import type { Static } from 'typebox';
import { Type } from 'typebox';

export const Failure = Type.Object({
  detail: Type.String({ description: 'one sentence for a person' }),
  code: Type.String({ description: 'stable, such as access/rate-limited; docs/problems.md lists them' }),
  hint: Type.Optional(Type.String({ description: 'what can be done about it' })),
  request_id: Type.Optional(Type.String({ description: 'with status 500: what to look for in the log' })),
});
export type Failure = Static<typeof Failure>;

export const Timestamp = Type.String({ description: 'ISO 8601, UTC, with Z' });
export const Confidence = Type.Number({ minimum: 0, maximum: 1 });
export const CameraParameter = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
  description: 'id of a camera',
});
export const ObjectClass = Type.String({
  pattern: '^[a-z][a-z _-]{0,39}$',
  description: "COCO's word, or the group vehicle or animal",
});
export const DateParameter = Type.String({
  minLength: 10,
  maxLength: 35,
  description: 'ISO 8601; without a zone in the configured one; a bare end date includes that day',
});

export const SeenObject = Type.Object({
  class: Type.String(),
  confidence: Confidence,
  bbox: Type.Array(Type.Integer(), { description: 'x1, y1, x2, y2 in pixels of the resolution' }),
});
export type SeenObject = Static<typeof SeenObject>;

export const Resolution = Type.Array(Type.Integer(), { description: 'width and height in pixels; 0, 0 while unknown' });
export const Done = Type.Object({ success: Type.Literal(true), message: Type.String() });
