/**
 * Changing `surveillance.yml` without losing what its owner wrote into it: comments, order and blank lines stay. The
 * text is checked by `loadConfig` before and after, so a change can't leave a file that starts nothing.
 */
import { randomBytes } from 'node:crypto';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Document, Node, Scalar, YAMLMap } from 'yaml';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { isCameraId, slugOf } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import { findHostile } from './hostile.ts';
import { invalidConfig } from './problems.ts';

export interface NewCamera {
  readonly name: string;
  readonly path?: string;
  /** Without user and password. */
  readonly source?: string;
  readonly substream?: string;
}

/** @returns the text with one more entry at the end of `cameras`. */
export function withCamera(text: string, camera: NewCamera): string {
  return edited(text, (document) => {
    const entry = document.createNode({ ...camera }) as YAMLMap;
    const list = document.get('cameras', true);
    if (!isSeq(list) || list.items.length === 0) {
      const fresh = document.createNode([entry]);
      if (isSeq(list)) fresh.comment = list.comment ?? null;
      document.set('cameras', fresh);
      return;
    }
    if (list.flow) entry.flow = true;
    list.items.push(entry);
  });
}

/** @throws Problem `config/camera-unknown` where no entry has this id. */
export function withoutCamera(text: string, id: string): string {
  return edited(text, (document) => {
    const list = document.get('cameras', true);
    const index = isSeq(list) ? list.items.findIndex((item) => idOf(item as Node | null) === id) : -1;
    if (!isSeq(list) || index === -1) throw unknownCamera();
    const removed = list.items[index] as Node;
    const next = list.items[index + 1] as Node | undefined;
    list.items.splice(index, 1);
    // A comment above the entry after the removed one hangs on that entry; one above the first hangs on the list.
    if (next !== undefined && removed.spaceBefore) next.spaceBefore = true;
    if (list.items.length === 0) list.flow = true;
  });
}

/** What a key may be set to; `null` takes it out of the file, so that its default counts. */
export type SettingValue = boolean | number | string | null | readonly SettingValue[] | SettingMap;
export interface SettingMap {
  readonly [key: string]: SettingValue;
}

/** @param key dotted, such as `recording.max_storage_gb`; missing sections are made. */
export function withKey(text: string, key: string, value: SettingValue): string {
  return edited(text, (document) => setKey(document, key.split('.'), value));
}

/** Sets keys of one camera's entry. @throws Problem `config/camera-unknown` where no entry has this id. */
export function withCameraKeys(text: string, id: string, changes: Readonly<Record<string, SettingValue>>): string {
  return edited(text, (document) => {
    const list = document.get('cameras', true);
    const index = isSeq(list) ? list.items.findIndex((item) => idOf(item as Node | null) === id) : -1;
    if (!isSeq(list) || index === -1) throw unknownCamera();
    const entry = list.items[index] as Node;
    if (isScalar(entry)) {
      // A bare path can't carry keys: it becomes an entry that means the same.
      const map = document.createNode({ path: String(entry.value) });
      if (entry.comment !== undefined) map.comment = entry.comment;
      if (entry.commentBefore !== undefined) map.commentBefore = entry.commentBefore;
      list.items[index] = map;
    }
    // The id hangs on the name where none is written, and recordings hang on the id.
    const isRenamed = 'name' in changes && (list.items[index] as YAMLMap).get('id') === undefined;
    for (const [key, value] of Object.entries(isRenamed ? { id, ...changes } : changes))
      setKey(document, ['cameras', index, ...key.split('.')], value);
  });
}

/** The entries of `cameras` as they are written, by id: what a form starts from. */
export function cameraEntries(text: string): ReadonlyMap<string, SettingMap> {
  const found = new Map<string, SettingMap>();
  edited(text, (document) => {
    const list = document.get('cameras', true);
    if (!isSeq(list)) return;
    for (const item of list.items as Node[]) {
      const id = idOf(item);
      if (id !== undefined) found.set(id, isMap(item) ? item.toJS(document) : { path: (item as Scalar).value });
    }
  });
  return found;
}

function setKey(document: Document, path: readonly (string | number)[], value: SettingValue): void {
  if (value === null) {
    if (document.getIn(path.slice(0, -1), true) !== undefined && document.hasIn(path)) document.deleteIn(path);
    return;
  }
  for (let depth = 1; depth < path.length; depth++) {
    const part = path.slice(0, depth);
    const there = document.getIn(part, true);
    if (!isMap(there) && !isSeq(there)) document.setIn(part, document.createNode({}));
  }
  const old = document.getIn(path, true);
  if (isScalar(old) && typeof value !== 'object') old.value = value;
  else document.setIn(path, document.createNode(value, { flow: Array.isArray(value) && isShort(value) }));
}

/** Points and short lists read best on one line. */
function isShort(value: readonly SettingValue[]): boolean {
  return JSON.stringify(value).length < 80;
}

function unknownCamera(): Problem {
  return new Problem('config/camera-unknown', 'there is no such camera in the configuration', { status: 404 });
}

/** As the loader derives it: `id`, else of `name`, else of `path`. */
function idOf(entry: Node | null): string | undefined {
  if (isScalar(entry) && typeof entry.value === 'string') return slugOf(entry.value);
  if (!isMap(entry)) return undefined;
  const own = entry.get('id');
  if (typeof own === 'string' && isCameraId(own)) return own;
  for (const key of ['name', 'path']) {
    const value = entry.get(key);
    if (typeof value === 'string') return slugOf(value);
  }
  return undefined;
}

function edited(text: string, change: (document: Document) => void): string {
  const hostile = findHostile(text);
  if (hostile !== undefined)
    throw invalidConfig([{ file: '', key: '', found: hostile.found, allowed: hostile.allowed }]);
  const document: Document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, uniqueKeys: false });
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents)))
    throw invalidConfig([
      { file: '', key: '', found: 'text that cannot be edited', allowed: 'YAML with keys and values' },
    ]);
  if (document.contents === null) document.contents = document.createNode({}) as unknown as Document['contents'];
  change(document);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/**
 * Replaces the file by rename, durably. It keeps its mode and, behind a symbolic link, its place; a new one gets 0600.
 * @throws Problem `config/not-writable`.
 */
export async function writeConfigFile(path: string, text: string): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await realpath(path).catch(() => path);
    const mode = await stat(target).then(
      (found) => found.mode & 0o777,
      () => 0o600,
    );
    temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
    {
      await using file = await open(temporary, 'wx', 0o600);
      await file.writeFile(text);
      await file.chmod(mode);
      await file.sync();
    }
    await rename(temporary, target);
    await using directory = await open(dirname(target), 'r');
    await directory.sync();
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw new Problem('config/not-writable', `${basename(path)} cannot be written`, {
      status: 409,
      hint: 'check the permissions of the file and its directory, or change the file by hand',
      safe: { path },
      cause: error,
    });
  }
}

/** Whether `writeConfigFile` would get as far as replacing it. */
export async function isWritable(path: string): Promise<boolean> {
  const target = await realpath(path).catch(() => path);
  return await access(dirname(target), constants.W_OK).then(
    () => true,
    () => false,
  );
}
