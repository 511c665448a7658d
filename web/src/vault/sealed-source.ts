/** Ciphertext from our own server, by ranges. */
import type { SealedSource } from './sealed-clip.ts';

export async function wrappedDayKey(recording: number): Promise<Uint8Array> {
  return await bytesOf(await ask(`/api/recordings/${recording}/key`, {}));
}

export async function recordingSource(recording: number, part: 'clip' | 'thumbnail'): Promise<SealedSource> {
  const url = `/api/recordings/${recording}/sealed?part=${part}`;
  const first = await ask(url, { range: 'bytes=0-0' });
  await first.body?.cancel();
  const total = /\/(\d+)$/.exec(first.headers.get('content-range') ?? '')?.[1];
  if (total === undefined) throw new Error('the server did not say how long the recording is');
  const etag = first.headers.get('etag') ?? '';
  return {
    sizeBytes: Number(total),
    async fetch(start, end) {
      // Where the file has become another meanwhile, the whole of it would come: refused below by its length
      const answer = await ask(url, { range: `bytes=${start}-${end - 1}`, 'if-range': etag });
      if (answer.status !== 206) throw new Error('the recording has changed');
      const bytes = await bytesOf(answer);
      if (bytes.length !== end - start) throw new Error('the recording came shorter than asked for');
      return bytes;
    },
  };
}

async function ask(url: string, headers: Record<string, string>): Promise<Response> {
  const answer = await fetch(url, { headers, credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer;
}

async function bytesOf(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await answer.arrayBuffer());
}
