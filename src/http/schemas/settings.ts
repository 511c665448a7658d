/** The configuration and the cameras in it, as an admin changes them. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { CameraParameter } from './common.ts';

const Key = Type.String({ pattern: '^[a-z][a-z0-9_]*(?:\\.[a-z][a-z0-9_]*){0,5}$', maxLength: 120 });
/** Judged by the configuration's own schema, with its own words. */
const Value = Type.Unknown({ description: 'as the key wants it; null takes the key out of the file' });
const Source = Type.String({ minLength: 1, maxLength: 2048, description: 'rtsp:// or rtsps://, without a password' });
const Username = Type.String({ minLength: 1, maxLength: 256 });
const Password = Type.String({ minLength: 1, maxLength: 256 });
const CameraName = Type.String({ minLength: 1, maxLength: 120 });
const number = Type.Union([Type.Number(), Type.Null()]);

export const Settings = Type.Object({
  file: Type.String({ description: 'name of the file' }),
  writable: Type.Boolean(),
  pinned: Type.Array(Type.String(), { description: 'keys that the command line set' }),
  values: Type.Record(Type.String(), Type.Unknown(), { description: 'every section, with its defaults' }),
  cameras: Type.Array(Type.Object({ id: Type.String(), entry: Type.Record(Type.String(), Type.Unknown()) }), {
    description: 'as written',
  }),
  waiting: Type.Array(Type.String(), { description: 'keys that hold from the next start on' }),
  schema: Type.Unknown({ description: 'JSON Schema of the file, with `unit` and `later`' }),
});
export type Settings = Static<typeof Settings>;

export const SettingsChange = Type.Object(
  {
    changes: Type.Array(Type.Object({ key: Key, value: Value }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 100,
    }),
  },
  { additionalProperties: false },
);

export const CameraParameters = Type.Object({ id: CameraParameter }, { additionalProperties: false });
export const CameraChange = Type.Object(
  {
    changes: Type.Array(Type.Object({ key: Key, value: Value }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 100,
    }),
  },
  { additionalProperties: false },
);

export const NewCamera = Type.Object(
  {
    name: CameraName,
    source: Type.Optional(Source),
    substream: Type.Optional(Source),
    username: Type.Optional(Username),
    password: Type.Optional(Password),
  },
  { additionalProperties: false },
);
export const AddedCamera = Type.Object({
  id: Type.String(),
  path: Type.String({ description: 'RTSP path, also the one to publish to' }),
});
export type AddedCamera = Static<typeof AddedCamera>;

export const CameraPassword = Type.Object({ username: Username, password: Password }, { additionalProperties: false });

export const CameraTest = Type.Object(
  { source: Source, username: Type.Optional(Username), password: Type.Optional(Password) },
  { additionalProperties: false },
);
export const CameraTestAnswer = Type.Object({ codec: Type.String(), width: number, height: number, fps: number });
export type CameraTestAnswer = Static<typeof CameraTestAnswer>;
