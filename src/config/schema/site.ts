/** Sections that a home rarely needs: other storage, several machines, alerts, ports of old. */
import Type from 'typebox';
import { classList, flag, port, section, weeklySchedule } from './vocabulary.ts';

const url = (description: string, format: string) => Type.String({ description, default: '', format });
const later = { later: 'notice' } as const;

const bucket = {
  endpoint: url('S3 endpoint', 'connection'),
  bucket: Type.String({ description: 'S3 bucket', default: '', maxLength: 255 }),
  region: Type.String({ description: 'S3 region', default: '', maxLength: 64 }),
  prefix: Type.String({ description: 'put before every object name', default: '', maxLength: 255 }),
};

export const storage = section(
  'Where recordings are kept.',
  { kind: Type.Enum(['disk', 's3'], { description: 'kind of storage', default: 'disk' }), ...bucket },
  later,
);

export const mirror = section('A second, equally encrypted copy that is written while an event runs.', {
  kind: Type.Enum(['off', 'directory', 's3'], { description: 'kind of copy', default: 'off' }),
  directory: Type.String({
    description: 'directory of the copy, on another disk or machine; must exist',
    default: '',
    format: 'path',
  }),
  ...bucket,
});

export const catalog = section(
  'The database.',
  { url: url('`postgres://user@host/database`; empty: an encrypted file in the home', 'connection') },
  later,
);

export const redis = section(
  'Shared sessions, limits and lockouts.',
  { url: url('`redis://host:port` or `rediss://…`; empty: kept by this process', 'connection') },
  later,
);

export const node = section(
  'This machine among several.',
  {
    name: Type.String({ description: 'its name; empty: the host name', default: '', format: 'slug' }),
    roles: Type.Array(Type.Enum(['recorder', 'detector', 'web']), {
      description: 'what it does; empty: everything',
      default: [],
      maxItems: 3,
    }),
    labels: Type.Array(Type.String({ format: 'slug' }), {
      description: 'for placing cameras',
      default: [],
      maxItems: 32,
    }),
  },
  later,
);

export const backup = section('Everything but the video in one sealed file, made by itself.', {
  directory: Type.String({
    description: 'where backups go, best on another disk; empty: none are made by themselves',
    default: '',
    format: 'path',
  }),
  every_hours: Type.Integer({
    description: 'time between two backups',
    unit: 'h',
    default: 24,
    minimum: 1,
    maximum: 24 * 31,
  }),
  keep: Type.Integer({ description: 'how many are kept', unit: 'files', default: 14, minimum: 1, maximum: 1000 }),
  with_recordings: flag('copy new recordings there as well, sealed as they are', false),
});

export const alerts = section(
  'Who is told what, and how.',
  {
    camera_down_seconds: Type.Integer({
      description: 'a camera counts as down after this long without a picture',
      unit: 's',
      default: 60,
      minimum: 5,
      maximum: 86_400,
    }),
    mqtt: section('MQTT, with discovery for Home Assistant.', {
      url: url('`mqtt://user@host` or `mqtts://…`; empty: off', 'connection'),
      topic: Type.String({ description: 'first part of all topics', default: 'sentrix', maxLength: 100 }),
    }),
    mail: section('Mail by SMTP.', {
      url: url('`smtp://user@host:port` or `smtps://…`; empty: off', 'connection'),
      from: Type.String({ description: 'sender', default: '', maxLength: 254 }),
      to: Type.Array(Type.String({ maxLength: 254 }), { description: 'receivers', default: [], maxItems: 32 }),
    }),
    rules: Type.Array(
      Type.Object({
        name: Type.String({ description: 'name of the rule', format: 'name' }),
        on: Type.Array(
          Type.Enum([
            'event',
            'camera_down',
            'disk_low',
            'recording_failed',
            'login_failed',
            'lockout',
            'new_device',
            'changed',
            'audit',
            'backup',
          ]),
          { description: 'what sets it off', default: ['event'], minItems: 1, maxItems: 10 },
        ),
        cameras: Type.Array(Type.String({ format: 'slug' }), {
          description: 'camera ids; empty: all',
          default: [],
          maxItems: 1000,
        }),
        classes: classList('classes or groups; empty: all'),
        zones: Type.Array(Type.String({ format: 'name' }), {
          description: 'zone names; empty: all',
          default: [],
          maxItems: 100,
        }),
        schedule: weeklySchedule,
        cool_down_seconds: Type.Integer({
          description: 'silence after an alert',
          unit: 's',
          default: 60,
          minimum: 0,
          maximum: 86_400,
        }),
        to: Type.Array(Type.Enum(['push', 'mqtt', 'mail', 'webhook']), {
          description: 'by which ways',
          default: ['push'],
          minItems: 1,
          maxItems: 4,
        }),
        webhook: url('URL that gets a signed POST', 'https-url'),
      }),
      { description: 'one entry a rule', default: [], maxItems: 100 },
    ),
  },
  later,
);

export const advanced = section('Rarely needed.', {
  debug: flag('log more', false),
  log: section('A log file, where no journald takes what goes to stderr.', {
    file: Type.String({ description: 'its name; empty: stderr', default: '', format: 'path' }),
    max_mb: Type.Integer({
      description: 'size at which a new one is begun',
      unit: 'MB',
      default: 10,
      minimum: 1,
      maximum: 1000,
    }),
    keep: Type.Integer({
      description: 'older ones that are kept',
      unit: 'files',
      default: 5,
      minimum: 0,
      maximum: 100,
    }),
  }),
  mediamtx: section('Ports that clients know from the first life.', {
    rtsp_port: port('port of RTSP', 8554),
    rtsps_port: port('port of RTSP over TLS', 8322),
    hls_port: port('port of HLS', 8888),
  }),
  ffmpeg: section('What cameras whose `source` begins with `ffmpeg:` may read on this machine.', {
    files: Type.Array(Type.String({ format: 'path' }), {
      description: 'folders whose files may be played as a camera; empty: none',
      default: [],
      maxItems: 64,
    }),
    devices: Type.Array(Type.String({ format: 'path' }), {
      description: 'capture devices, such as `/dev/video0`; empty: none',
      default: [],
      maxItems: 64,
    }),
  }),
  performance: section('Limits.', {
    max_detectors: Type.Integer({ description: 'cameras that detect at once', default: 10, minimum: 1, maximum: 256 }),
    thread_pool_size: Type.Integer({
      description: 'model processes at most; fewer where there are fewer processors',
      default: 3,
      minimum: 1,
      maximum: 64,
    }),
  }),
});
