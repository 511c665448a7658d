/**
 * Names of objects: `/`-separated segments of a closed alphabet, so that no name can mean anything to a file system,
 * a shell or a URL. No segment starts with a dot: that rules out `.` and `..` and leaves dot names to the store itself.
 */
import { Problem } from '../base/problem.ts';

const segment = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const maxLength = 512;
const maxSegments = 12;

export function isObjectName(name: string): boolean {
  if (name.length > maxLength) return false;
  const segments = name.split('/');
  return segments.length <= maxSegments && segments.every((part) => segment.test(part));
}

/** The segments of `name`, or `storage/bad-name`. */
export function parseObjectName(name: string): readonly string[] {
  if (!isObjectName(name))
    throw new Problem('storage/bad-name', 'this is no name of a stored object', { status: 403, safe: { name } });
  return name.split('/');
}

/**
 * Is an object of this name replaced as a whole, perhaps by one of the same size? Day keys are wrapped anew, the words of
 * people beside a clip are changed. A copy of such an object is compared byte by byte.
 */
export function isReplaced(name: string): boolean {
  return name.startsWith('keys/') || name.endsWith('.facts.age');
}

/** The name of the tail beside a growing object: `x/CLIP.mp4.age` → `x/CLIP.tail.age`. */
export function tailNameOf(name: string): string {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const base = name.slice(folder.length).replace(/(?:\.[A-Za-z0-9]+)?\.age$/, '');
  return `${folder}${base}.tail.age`;
}
