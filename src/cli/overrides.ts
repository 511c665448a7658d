/** Options of the command line as settings that stand above the file. */
import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import type { Override } from '../config/load.ts';
import type { OptionSpec, OptionValues } from './arguments.ts';
import { usage } from './problems.ts';

interface Setting extends OptionSpec {
  readonly key: string;
  readonly as?: 'number' | 'path' | 'list';
}

/** Options of `start`, with the key that each one sets. */
const settings: Readonly<Record<string, Setting>> = {
  path: {
    key: 'cameras',
    type: 'string',
    multiple: true,
    value: 'PATH',
    as: 'list',
    help: 'a path that a camera or phone publishes to, instead of the configured cameras',
  },
  bind: { key: 'network.bind', type: 'string', value: 'ADDRESS', help: 'address to listen on' },
  detector: { key: 'detection.enabled', type: 'boolean', negative: true, help: 'look for objects' },
  'detector-port': {
    key: 'detection.port',
    type: 'string',
    value: 'PORT',
    as: 'number',
    help: 'port of the dashboard and the REST API',
  },
  model: {
    key: 'detection.model',
    type: 'string',
    value: 'FILE',
    as: 'path',
    help: 'an ONNX file instead of the built-in model',
  },
  confidence: {
    key: 'detection.confidence',
    type: 'string',
    value: '0..1',
    as: 'number',
    help: 'lowest confidence of a detection',
  },
  width: {
    key: 'detection.resolution.width',
    type: 'string',
    value: 'PX',
    as: 'number',
    help: 'width to which detections are reported',
  },
  height: {
    key: 'detection.resolution.height',
    type: 'string',
    value: 'PX',
    as: 'number',
    help: 'height to which detections are reported',
  },
  'api-port': {
    key: 'network.api_port',
    type: 'string',
    value: 'PORT',
    as: 'number',
    help: 'port on which apps discover camera paths',
  },
  'tls-key': {
    key: 'security.tls_key',
    type: 'string',
    value: 'FILE',
    as: 'path',
    help: 'private key of your own certificate',
  },
  'tls-cert': { key: 'security.tls_cert', type: 'string', value: 'FILE', as: 'path', help: 'your own certificate' },
  recording: { key: 'recording.enabled', type: 'boolean', negative: true, help: 'record' },
  'recording-min-confidence': {
    key: 'recording.min_confidence',
    type: 'string',
    value: '0..1',
    as: 'number',
    help: 'lowest confidence that starts a recording',
  },
  'pre-buffer': {
    key: 'recording.pre_buffer_seconds',
    type: 'string',
    value: 'SECONDS',
    as: 'number',
    help: 'what is kept from before an event',
  },
  'post-buffer': {
    key: 'recording.post_buffer_seconds',
    type: 'string',
    value: 'SECONDS',
    as: 'number',
    help: 'what is kept from after an event',
  },
  'recordings-dir': {
    key: 'recording.recordings_dir',
    type: 'string',
    value: 'DIR',
    as: 'path',
    help: 'directory of the encrypted recordings',
  },
  'record-objects': {
    key: 'recording.record_objects',
    type: 'string',
    multiple: true,
    value: 'CLASS',
    as: 'list',
    help: 'classes that start a recording',
  },
};

export const startOptions: Readonly<Record<string, OptionSpec>> = settings;

/** Of `startOptions`, those of a command that takes fewer. */
export function someOptions(...names: readonly string[]): Readonly<Record<string, OptionSpec>> {
  return Object.fromEntries(names.map((name) => [name, settings[name]!]));
}

/** @param cwd absolute; where relative paths of the command line start. */
export function overridesOf(options: OptionValues, cwd: string): Override[] {
  const overrides: Override[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const given = options[name];
    if (given === undefined) continue;
    const option = given === false ? `--no-${name}` : `--${name}`;
    overrides.push({ key: setting.key, value: settingValue(given, setting, cwd), option });
  }
  return overrides;
}

function settingValue(given: string | boolean | readonly string[], setting: Setting, cwd: string): Override['value'] {
  if (setting.as === 'list')
    return (typeof given === 'object' ? given : [String(given)]).flatMap((text) =>
      text.split(',').map((part) => part.trim()),
    );
  if (typeof given !== 'string') return given as boolean;
  // What is no number stays text, and the schema says so.
  if (setting.as === 'number') return /^-?\d+(?:\.\d+)?$/.test(given) ? Number(given) : given;
  // The shell expands ~ of its own accord but after "="; what is relative means the place where the command runs.
  if (setting.as === 'path')
    return isAbsolute(given) || given === ''
      ? given
      : given.startsWith('~/')
        ? resolve(homedir(), given.slice(2))
        : resolve(cwd, given);
  return given;
}

/** `quick -n N`: N paths to publish to. @throws Problem `cli/usage` */
export function quickOverrides(options: OptionValues): Override[] {
  const text = String(options['number'] ?? '1');
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 64) throw usage(`-n takes a number of cameras from 1 to 64, not "${text}"`);
  return [
    { key: 'cameras', value: Array.from({ length: count }, (_, index) => `video/camera-${index + 1}`), option: '-n' },
  ];
}

/** `run`: streams alone. */
export function streamsOnly(): Override[] {
  return [
    { key: 'detection.enabled', value: false, option: 'run' },
    { key: 'recording.enabled', value: false, option: 'run' },
  ];
}

/** `detect --rtsp-url URL…`. @throws Problem `cli/usage` */
export function detectOverrides(options: OptionValues): Override[] {
  const urls = options['rtsp-url'];
  if (typeof urls !== 'object' || urls.length === 0)
    throw usage('detect needs --rtsp-url URL', 'see sentrix detect --help');
  const cameras = urls.map((source, index) => ({ name: `Camera ${index + 1}`, source }));
  return [
    { key: 'cameras', value: cameras, option: '--rtsp-url' },
    { key: 'detection.enabled', value: true, option: 'detect' },
    { key: 'recording.enabled', value: options['record'] === true, option: '--record' },
  ];
}
