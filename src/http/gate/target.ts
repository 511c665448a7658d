/**
 * The request target as it was sent, before anything decodes or normalises it. A path under `/recordings/` has one form
 * only, and in that form nothing ever needs an escape; so whatever has a percent sign, a dot segment, an empty part or
 * another type is answered 403 for everybody, before any look-up.
 */
export type TargetFault = 'bad-request' | 'bad-path';

const recordings = '/recordings/';
const part = '[A-Za-z0-9_-](?:[A-Za-z0-9_-]|\\.(?!\\.)){0,126}';
const recordingPath = new RegExp(`^(?:${part}/){0,8}${part}\\.(?:mp4|jpg|jpeg|png|webm|webp)$`);
const visible = /^\/[\x21-\x7e]*$/;

export function targetFault(target: string): TargetFault | undefined {
  if (target.startsWith(recordings)) {
    const end = target.indexOf('?');
    const path = target.slice(recordings.length, end === -1 ? undefined : end);
    if (!recordingPath.test(path)) return 'bad-path';
  }
  // Absolute form, `*` and raw bytes beyond ASCII: no client of ours sends them.
  if (!visible.test(target) || target.includes('#')) return 'bad-request';
  try {
    if (decodeURIComponent(target).includes('\0')) return 'bad-request';
  } catch {
    return 'bad-request';
  }
  return undefined;
}

/** The path of a recording's file under `/recordings/`, or undefined where `path` has none of our form. */
export function isRecordingPath(path: string): boolean {
  return recordingPath.test(path);
}
