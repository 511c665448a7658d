/** Parses the text frames of `/api/live`. Anything that isn't a message of this version gives undefined. */
import type { BoxMessage, ServerMessage, StreamStateKind, StreamStateMessage } from '../../../src/wire/live.ts';

const maxTextChars = 256 * 1024;
const maxObjects = 512;
const stateKinds: readonly StreamStateKind[] = [
  'connecting',
  'live',
  'stalled',
  'unauthorized',
  'unreachable',
  'waiting',
  'disabled',
];

type Fields = Readonly<Record<string, unknown>>;

export function parseServerMessage(text: string): ServerMessage | undefined {
  if (text.length > maxTextChars) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isFields(value) ? readMessage(value) : undefined;
}

function readMessage(fields: Fields): ServerMessage | undefined {
  const { type, slot, camera } = fields;
  switch (type) {
    case 'format': {
      const { codec, width, height, description, init } = fields;
      if (!isSlot(slot) || typeof codec !== 'string' || typeof description !== 'string') return undefined;
      if (!isCount(width) || !isCount(height)) return undefined;
      return { type, slot, codec, width, height, description, ...(typeof init === 'string' ? { init } : {}) };
    }
    case 'sound': {
      const { codec, sampleRate, channels, description } = fields;
      if (!isSlot(slot) || typeof codec !== 'string' || typeof description !== 'string') return undefined;
      if (!isCount(sampleRate) || sampleRate < 3000 || sampleRate > 384_000) return undefined;
      if (!isCount(channels) || channels < 1 || channels > 8) return undefined;
      return { type, slot, codec, sampleRate, channels, description };
    }
    case 'state': {
      const state = readState(fields.state);
      return typeof camera === 'string' && state !== undefined ? { type, camera, state } : undefined;
    }
    case 'boxes': {
      const { at, objects } = fields;
      if (!isSlot(slot) || !isNumber(at) || !Array.isArray(objects)) return undefined;
      return { type, slot, at, objects: objects.slice(0, maxObjects).filter(isBox) };
    }
    case 'gap': {
      const { dropped } = fields;
      return isSlot(slot) ? { type, slot, dropped: isCount(dropped) ? dropped : 0 } : undefined;
    }
    case 'event': {
      const { event, state } = fields;
      if (typeof camera !== 'string' || !isCount(event) || (state !== 'started' && state !== 'ended')) return undefined;
      return { type, camera, event, state };
    }
    case 'recording': {
      const { recording, state } = fields;
      if (typeof camera !== 'string' || !isCount(recording)) return undefined;
      return state === 'started' || state === 'finished' ? { type, camera, recording, state } : undefined;
    }
    case 'error': {
      const { code, detail } = fields;
      if (typeof code !== 'string' || typeof detail !== 'string') return undefined;
      return isSlot(slot) ? { type, slot, code, detail } : { type, code, detail };
    }
    default:
      return undefined;
  }
}

/** The state of a camera from unknown data, or undefined. */
export function readState(value: unknown): StreamStateMessage | undefined {
  if (!isFields(value)) return undefined;
  const kind = stateKinds.find((known) => known === value.kind);
  if (kind === undefined || !isNumber(value.since)) return undefined;
  return {
    kind,
    since: value.since,
    lastSampleAt: isNumber(value.lastSampleAt) ? value.lastSampleAt : null,
    detail: typeof value.detail === 'string' ? value.detail : null,
    code: typeof value.code === 'string' ? value.code : null,
    retryAt: isNumber(value.retryAt) ? value.retryAt : null,
    recording: value.recording === true,
    ...(value.byHand === true ? { byHand: true } : {}),
  };
}

function isBox(value: unknown): value is BoxMessage {
  if (!isFields(value)) return false;
  const { box } = value;
  if (!isNumber(value.track) || typeof value.class !== 'string' || !isNumber(value.confidence)) return false;
  return Array.isArray(box) && box.length === 4 && box.every(isNumber);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return isNumber(value) && Number.isInteger(value) && value >= 0;
}

function isSlot(value: unknown): value is number {
  return isCount(value) && value <= 255;
}
