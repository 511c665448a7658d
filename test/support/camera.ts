/** A simulated RTSP camera that plays real footage. */
import { join } from 'node:path';
import type { Started } from './process.ts';
import { start } from './process.ts';
import { clip, shared } from './shared.ts';

export interface Camera {
  readonly process: Started;
  /** Without user and password. */
  readonly urls: readonly string[];
  /** UTC ms at which the clip's second `startSeconds` played. */
  readonly readyAt: number;
}

export interface CameraOptions {
  readonly clip: string;
  /** Served beside it, at the same path and `-sub`. */
  readonly substream?: string;
  /** Certificate and key, PEM files: it speaks RTSPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly startSeconds?: number;
  readonly port?: number;
  readonly count?: number;
  /** By so much each further camera is ahead in the clip. */
  readonly staggerSeconds?: number;
  readonly password?: string;
  readonly auth?: 'digest' | 'basic' | 'both' | 'open';
}

export async function startCamera(options: CameraOptions): Promise<Camera> {
  const started = start('/usr/bin/python3', [
    join(shared, 'cameras', 'camera.py'),
    '--clip',
    clip(options.clip),
    '--port',
    String(options.port ?? 0),
    '--user',
    'cam',
    '--password',
    options.password ?? 'secret',
    `--${options.auth ?? 'digest'}`,
    '--count',
    String(options.count ?? 1),
    '--start',
    String(options.startSeconds ?? 0),
    '--stagger',
    String(options.staggerSeconds ?? 0),
    ...(options.tls === undefined ? [] : ['--tls', options.tls.cert, options.tls.key]),
    ...(options.substream === undefined ? [] : ['--sub', clip(options.substream)]),
  ]);
  const ready = await started.line<{ urls: string[] }>((value) => value['ready'] === true);
  return { process: started, urls: ready.urls, readyAt: Date.now() };
}
