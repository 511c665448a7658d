/** The entries of `cameras` worked out: ids, paths, names, and the global sections with the camera's own keys over them. */
import type { CameraId } from '../base/ids.ts';
import { isCameraId, slugOf } from '../base/ids.ts';
import { tryCameraSource } from './camera-source.ts';
import type { CameraEntry, FileConfig } from './schema.ts';

export interface CameraConfig {
  readonly id: CameraId;
  /** Shown to people. */
  readonly name: string;
  /** RTSP path, such as `video/front-door`. */
  readonly path: string;
  readonly kind: 'pull' | 'publish';
  readonly enabled: boolean;
  /** Address to pull from, without user and password, or `ffmpeg:…`; `undefined` for a camera that publishes. */
  readonly source: string | undefined;
  /** As `source`. */
  readonly substream: string | undefined;
  /** A user name that stood in `source`; the credential store's comes first. */
  readonly username: string | undefined;
  readonly recording: FileConfig['recording'];
  readonly detection: FileConfig['detection'];
  readonly zones: CameraEntry['zones'];
  readonly masks: CameraEntry['masks'];
  readonly privacy: CameraEntry['privacy'];
  readonly audio: boolean;
  readonly schedule: CameraEntry['schedule'];
}

/** What a path string alone means. */
function entryOfPath(path: string): CameraEntry {
  return { path, enabled: true, zones: [], masks: [], privacy: [], audio: false, schedule: [] };
}

export type CameraFault = (index: number, key: string, found: string, allowed: string) => void;

/**
 * @param pinned dotted keys that a command line option set: they win over a camera's own.
 */
export function workOutCameras(config: FileConfig, pinned: ReadonlySet<string>, fault: CameraFault): CameraConfig[] {
  const cameras: CameraConfig[] = [];
  for (const [index, given] of config.cameras.entries()) {
    const camera = workOut(typeof given === 'string' ? entryOfPath(given) : given, index, config, pinned, fault);
    if (camera === undefined) continue;
    for (const key of ['id', 'path', 'name'] as const) {
      const twin = cameras.find((other) => other[key].toLowerCase() === camera[key].toLowerCase());
      if (twin !== undefined) {
        fault(index, key, `the ${key} ${JSON.stringify(camera[key])} a second time`, `each camera its own ${key}`);
        break;
      }
    }
    cameras.push(camera);
  }
  return cameras;
}

function workOut(
  entry: CameraEntry,
  index: number,
  config: FileConfig,
  pinned: ReadonlySet<string>,
  fault: CameraFault,
): CameraConfig | undefined {
  const id = entry.id ?? slugOf(entry.name ?? entry.path ?? '');
  if (!isCameraId(id)) {
    fault(
      index,
      entry.name === undefined ? 'path' : 'name',
      'nothing that an id can be made of',
      'a name or path with at least one of a-z and 0-9, or an `id`',
    );
    return undefined;
  }
  if (entry.path === undefined && entry.source === undefined) {
    fault(index, '', 'neither path nor source', 'a `path` that is published to, or a `source` to pull from');
    return undefined;
  }
  const path = entry.path ?? `video/${id}`;
  const source = parsed(entry.source);
  const substream = parsed(entry.substream);
  if (substream !== undefined && (source === undefined || hostOf(substream.url) !== hostOf(source.url))) {
    fault(index, 'substream', 'an address that is not on the host of `source`', 'another stream of the same camera');
    return undefined;
  }
  const closed = source === undefined ? undefined : closedPath(source.url, config);
  if (closed !== undefined) {
    fault(index, 'source', closed.found, closed.allowed);
    return undefined;
  }
  const zone = zoneFault(entry.zones);
  if (zone !== undefined) {
    fault(index, `zones[${zone.index}].${zone.key}`, zone.found, zone.allowed);
    return undefined;
  }
  return {
    id,
    name: entry.name ?? nameOfPath(path),
    path,
    kind: source === undefined ? 'publish' : 'pull',
    enabled: entry.enabled,
    source: source?.url,
    substream: substream?.url,
    username: source?.username,
    recording: merged(config.recording, entry.recording, 'recording', pinned),
    detection: merged(config.detection, entry.detection, 'detection', pinned),
    // Two points enclose nothing: they can only be crossed.
    zones: entry.zones.map((one) => (one.points.length === 2 ? { ...one, trigger: 'cross' as const } : one)),
    masks: entry.masks,
    privacy: entry.privacy,
    audio: entry.audio,
    schedule: entry.schedule,
  };
}

function zoneFault(
  zones: CameraEntry['zones'],
): { readonly index: number; readonly key: string; readonly found: string; readonly allowed: string } | undefined {
  for (const [index, { name, points, trigger }] of zones.entries()) {
    if (zones.findIndex((other) => other.name === name) !== index)
      return {
        index,
        key: 'name',
        found: `the name ${JSON.stringify(name)} a second time`,
        allowed: 'a name of its own',
      };
    if (points.length === 2 && (trigger === 'leave' || trigger === 'stay'))
      return {
        index,
        key: 'points',
        found: `a line, with trigger ${trigger}`,
        allowed: 'an area of three corners or more',
      };
  }
  return undefined;
}

function parsed(
  source: string | undefined,
): { readonly url: string; readonly username: string | undefined } | undefined {
  if (source === undefined || source === '') return undefined;
  const result = tryCameraSource(source);
  return 'url' in result ? result : undefined;
}

/** A file or device that nobody has opened to cameras. */
function closedPath(source: string, { advanced }: FileConfig): { found: string; allowed: string } | undefined {
  if (!source.startsWith('ffmpeg:/')) return undefined;
  const path = source.slice('ffmpeg:'.length);
  const { files, devices } = advanced.ffmpeg;
  if (path.startsWith('/dev/'))
    return devices.includes(path)
      ? undefined
      : { found: 'a device that cameras may not use', allowed: 'one of advanced.ffmpeg.devices' };
  return files.some((folder) => path.startsWith(folder.endsWith('/') ? folder : `${folder}/`))
    ? undefined
    : { found: 'a file that cameras may not read', allowed: 'a file below one of advanced.ffmpeg.files' };
}

/** The camera's password goes there, and nowhere else. */
function hostOf(url: string): string {
  return new URL(url).hostname;
}

/** `video/front-door` is shown as "Front door". */
export function nameOfPath(path: string): string {
  const words = path
    .replace(/^video\//, '')
    .replace(/[-_/]+/g, ' ')
    .trim();
  return words === '' ? path : words[0]!.toUpperCase() + words.slice(1);
}

/** `over` laid on `section`, key by key at every depth; lists are replaced whole. */
function merged<T extends object>(section: T, over: object | undefined, key: string, pinned: ReadonlySet<string>): T {
  const result = { ...section } as Record<string, unknown>;
  for (const [name, value] of Object.entries(over ?? {})) {
    const full = `${key}.${name}`;
    const below = result[name];
    if (pinned.has(full)) continue;
    result[name] = isPlain(value) && isPlain(below) ? merged(below, value, full, pinned) : value;
  }
  // Each key kept its type: `over` was read by the same schema.
  return result as T;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
