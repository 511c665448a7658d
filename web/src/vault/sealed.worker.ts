/**
 * Opens recordings of a server that can't read them, off the page's thread. The identity comes in once and stays in this
 * worker: it is written nowhere, and gone with the page.
 */

import { openDayKey, SealedClip, SealedClipError } from './sealed-clip.ts';
import type { FromVaultWorker, ToVaultWorker } from './sealed-protocol.ts';
import { recordingSource, wrappedDayKey } from './sealed-source.ts';

/** Clips kept open; a player has one, and perhaps the next. */
const maxClips = 4;

let identity: string | undefined;
const clips = new Map<string, Promise<SealedClip>>();

addEventListener('message', ({ data }: MessageEvent<ToVaultWorker>) => {
  switch (data.kind) {
    case 'identity':
      identity = data.identity;
      forget();
      return;
    case 'forget':
      identity = undefined;
      forget();
      return;
    case 'read':
      void answer(data);
      return;
    default:
      data satisfies never;
  }
});

async function answer(ask: Extract<ToVaultWorker, { kind: 'read' }>): Promise<void> {
  try {
    const clip = await opened(ask.recording, ask.part);
    const end = Math.min(ask.end ?? clip.plainBytes, clip.plainBytes);
    const bytes = new Uint8Array(Math.max(0, end - ask.start));
    let at = 0;
    for await (const piece of clip.read(ask.start, end)) {
      bytes.set(piece, at);
      at += piece.length;
    }
    say({ kind: 'bytes', ask: ask.ask, bytes, plainBytes: clip.plainBytes }, [bytes.buffer]);
  } catch (error) {
    const fault = error instanceof SealedClipError ? error.kind : 'unreachable';
    say({ kind: 'failed', ask: ask.ask, fault: identity === undefined ? 'no-identity' : fault });
  }
}

function opened(recording: number, part: 'clip' | 'thumbnail'): Promise<SealedClip> {
  const name = `${recording} ${part}`;
  const known = clips.get(name);
  if (known !== undefined) return known;
  const opening = open(recording, part);
  clips.set(name, opening);
  opening.catch(() => clips.delete(name));
  for (const [old, clip] of clips) {
    if (clips.size <= maxClips) break;
    clips.delete(old);
    void clip.then((one) => one.wipe()).catch(() => {});
  }
  return opening;
}

async function open(recording: number, part: 'clip' | 'thumbnail'): Promise<SealedClip> {
  if (identity === undefined) throw new SealedClipError('foreign', 'there is no identity');
  const day = await openDayKey(await wrappedDayKey(recording), identity);
  return await SealedClip.open(await recordingSource(recording, part), day);
}

function forget(): void {
  for (const clip of clips.values()) void clip.then((one) => one.wipe()).catch(() => {});
  clips.clear();
}

function say(message: FromVaultWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}
