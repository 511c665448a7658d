/**
 * Live view between server and browser: WebSocket `/api/live`, subprotocol `sentrix.v1`. Text frames are JSON
 * control messages, binary frames are samples. Used on both sides, so nothing of Node or of the DOM in here.
 *
 * A viewer subscribes cameras into slots (small numbers of its own choice), gets a `format`, then samples beginning
 * with a keyframe. Flow control: the server may have `initialCreditBytes` unacknowledged bytes under way for each slot; the
 * viewer gives back what it has consumed by `credit`. Without credit the server drops whole samples up to the next
 * keyframe and says so by a `gap`: a slow viewer gets fewer pictures, never old ones.
 */
export const liveSubprotocol = 'sentrix.v1';
export const initialCreditBytes = 2 * 1024 * 1024;
/** A viewer may hold this many slots on one socket. */
export const maxSlots = 64;

export type StreamStateKind =
  | 'connecting'
  | 'live'
  | 'stalled'
  | 'unauthorized'
  | 'unreachable'
  | 'waiting'
  | 'disabled';

/** The state of a camera as words for people are made from it. Times are UTC ms. */
export interface StreamStateMessage {
  readonly kind: StreamStateKind;
  /** Since when it is in this state. */
  readonly since: number;
  /** When the newest sample came; null if none did since the start. */
  readonly lastSampleAt: number | null;
  /** Why, for a person; null when there is nothing to explain. */
  readonly detail: string | null;
  /** Stable code of the last failure, such as `camera/unauthorized`; null while live. */
  readonly code: string | null;
  /** When the next try to connect is made; null if none is planned. */
  readonly retryAt: number | null;
  readonly recording: boolean;
  /** Somebody started the recording by hand. */
  readonly byHand?: true;
}

export interface BoxMessage {
  /** Object track id, stable while the object is in sight. */
  readonly track: number;
  readonly class: string;
  /** 0..1 */
  readonly confidence: number;
  /** x, y, width, height, each 0..1 of the picture. */
  readonly box: readonly [number, number, number, number];
}

export type ClientMessage =
  | {
      readonly type: 'subscribe';
      readonly slot: number;
      readonly camera: string;
      readonly stream?: 'main' | 'sub';
      /** `mp4`: each sample comes as a fragment of MP4, for browsers that have Media Source Extensions only. */
      readonly as?: 'mp4';
      /**
       * This browser has no H.265: a camera that sends it is shown by its smaller stream where that is H.264, else
       * converted, as far as the server has hands for it (`error` with `live/too-many-conversions` until one is free).
       */
      readonly transcode?: true;
    }
  /** Sound of a slot comes only after `on: true`; a new subscription is silent. */
  | { readonly type: 'listen'; readonly slot: number; readonly on: boolean }
  | { readonly type: 'unsubscribe'; readonly slot: number }
  | { readonly type: 'credit'; readonly slot: number; readonly bytes: number };

export type ServerMessage =
  /**
   * Sent before the first sample of a slot and whenever the format changes. `description` is base64 avcC/hvcC; `init`,
   * where fragments were asked for, the init segment before them, base64.
   */
  | {
      readonly type: 'format';
      readonly slot: number;
      readonly codec: string;
      readonly width: number;
      readonly height: number;
      readonly description: string;
      readonly init?: string;
    }
  /**
   * The camera has sound, and of this kind; sent whether or not anybody listens. `description` is base64
   * AudioSpecificConfig for AAC, else empty. Codecs are WebCodecs' words: `mp4a.40.2`, `opus`, `alaw`, `ulaw`.
   */
  | {
      readonly type: 'sound';
      readonly slot: number;
      readonly codec: string;
      /** Hz */
      readonly sampleRate: number;
      readonly channels: number;
      readonly description: string;
    }
  /** Sent for every camera the viewer may see: all of them at the beginning, one whenever it changes. */
  | { readonly type: 'state'; readonly camera: string; readonly state: StreamStateMessage }
  /** What the detector saw in the frame captured at `at` (UTC ms, the wall clock of that sample). */
  | { readonly type: 'boxes'; readonly slot: number; readonly at: number; readonly objects: readonly BoxMessage[] }
  /** `dropped` samples were left out because the viewer was slow; a keyframe follows. */
  | { readonly type: 'gap'; readonly slot: number; readonly dropped: number }
  /** An event began, changed or ended on a camera that the viewer may see; lists reload by it. */
  | { readonly type: 'event'; readonly camera: string; readonly event: number; readonly state: 'started' | 'ended' }
  | {
      readonly type: 'recording';
      readonly camera: string;
      readonly recording: number;
      readonly state: 'started' | 'finished';
    }
  | { readonly type: 'error'; readonly slot?: number; readonly code: string; readonly detail: string };

export const sampleHeaderBytes = 20;
export const sampleKinds = { video: 1, audio: 2 } as const;
export const sampleFlags = { keyframe: 1, damaged: 2, discontinuity: 4 } as const;

export interface SampleHeader {
  readonly kind: 'video' | 'audio';
  /** 0..255, chosen by the viewer. */
  readonly slot: number;
  readonly keyframe: boolean;
  readonly damaged: boolean;
  readonly discontinuity: boolean;
  /** Presentation time in µs, from an arbitrary origin, whole, may be negative. */
  readonly ptsUs: number;
  /** Wall clock of capture, UTC ms. */
  readonly at: number;
}

/**
 * Writes the 20 bytes before a sample's data. Layout, big-endian: version (1), kind, slot, flags, presentation time
 * in µs as signed 64 bits, wall clock in ms as unsigned 64 bits.
 */
export function writeSampleHeader(target: DataView, offset: number, header: SampleHeader): void {
  target.setUint8(offset, 1);
  target.setUint8(offset + 1, sampleKinds[header.kind]);
  target.setUint8(offset + 2, header.slot);
  target.setUint8(
    offset + 3,
    (header.keyframe ? sampleFlags.keyframe : 0) |
      (header.damaged ? sampleFlags.damaged : 0) |
      (header.discontinuity ? sampleFlags.discontinuity : 0),
  );
  setInt64(target, offset + 4, header.ptsUs);
  setInt64(target, offset + 12, header.at);
}

/** The header of a binary frame, or undefined when it is none of this version. The data is what follows. */
export function readSampleHeader(frame: DataView): SampleHeader | undefined {
  if (frame.byteLength < sampleHeaderBytes || frame.getUint8(0) !== 1) return undefined;
  const kind = frame.getUint8(1);
  if (kind !== sampleKinds.video && kind !== sampleKinds.audio) return undefined;
  const flags = frame.getUint8(3);
  return {
    kind: kind === sampleKinds.video ? 'video' : 'audio',
    slot: frame.getUint8(2),
    keyframe: (flags & sampleFlags.keyframe) !== 0,
    damaged: (flags & sampleFlags.damaged) !== 0,
    discontinuity: (flags & sampleFlags.discontinuity) !== 0,
    ptsUs: getInt64(frame, 4),
    at: getInt64(frame, 12),
  };
}

// Hot: two 32-bit halves instead of a BigInt for every sample. Values are whole and within ±2^53.
function setInt64(view: DataView, offset: number, value: number): void {
  view.setInt32(offset, Math.floor(value / 2 ** 32));
  view.setUint32(offset + 4, value % 2 ** 32 < 0 ? (value % 2 ** 32) + 2 ** 32 : value % 2 ** 32);
}

function getInt64(view: DataView, offset: number): number {
  return view.getInt32(offset) * 2 ** 32 + view.getUint32(offset + 4);
}
