/**
 * The dashboard's files, read once at start into memory: a request picks from a table and never becomes a path. What
 * vite names by its content is kept by browsers for a year; everything else is asked for again.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface Asset {
  readonly bytes: Buffer;
  /** The same by gzip, where that is smaller. */
  readonly gzipped: Buffer | undefined;
  readonly contentType: string;
  readonly etag: string;
  /** Its name changes with its content. */
  readonly immutable: boolean;
}

/** By URL path: `/index.html`, `/assets/index-3f2a.js`. */
export type Assets = ReadonlyMap<string, Asset>;

const maxBytes = 64 * 1024 * 1024;
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};
const compressible = /^(?:text|application|image\/svg)/;

/** @param directory `web/dist`; where there is none the table is empty and the pages say so. */
export async function loadAssets(directory: string): Promise<Assets> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const assets = new Map<string, Asset>();
  let total = 0;
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const contentType = types[extname(entry.name)];
    if (!entry.isFile() || contentType === undefined) continue;
    total += (await stat(file)).size;
    if (total > maxBytes) throw new Error('the dashboard is larger than 64 MiB');
    const bytes = await readFile(file);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    const packed =
      compressible.test(contentType) && bytes.length > 512 ? await promisify(gzip)(bytes, { level: 9 }) : undefined;
    assets.set(path, {
      bytes,
      gzipped: packed !== undefined && packed.length < bytes.length ? packed : undefined,
      contentType,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      immutable: /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(path),
    });
  }
  return assets;
}
