/** Parses what a viewer sends. A viewer is a browser page that somebody may have changed: nothing is taken on trust. */
import type { ClientMessage } from '../wire/live.ts';
import { initialCreditBytes, maxSlots } from '../wire/live.ts';

const maxTextLength = 4096;

/** The message, or undefined when it is none. */
export function parseClientMessage(text: string): ClientMessage | undefined {
  if (text.length > maxTextLength) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, slot, camera, stream, bytes, on, as, transcode } = value as Record<string, unknown>;
  if (typeof slot !== 'number' || !Number.isInteger(slot) || slot < 0 || slot >= maxSlots) return undefined;
  switch (type) {
    case 'subscribe':
      if (typeof camera !== 'string' || camera.length > 64) return undefined;
      if (stream !== undefined && stream !== 'main' && stream !== 'sub') return undefined;
      if ((as !== undefined && as !== 'mp4') || (transcode !== undefined && transcode !== true)) return undefined;
      return {
        ...{ type, slot, camera },
        ...(stream === undefined ? {} : { stream }),
        ...(as === undefined ? {} : { as }),
        ...(transcode === undefined ? {} : { transcode }),
      };
    case 'listen':
      return typeof on === 'boolean' ? { type, slot, on } : undefined;
    case 'unsubscribe':
      return { type, slot };
    case 'credit':
      if (typeof bytes !== 'number' || !Number.isInteger(bytes) || bytes < 0) return undefined;
      return { type, slot, bytes: Math.min(bytes, initialCreditBytes) };
    default:
      return undefined;
  }
}
