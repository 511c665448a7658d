/** What page and live worker say to each other. A view is one place on the page that shows one camera. */
import type { ServerMessage } from '../../../src/wire/live.ts';

export type PageMessage =
  /** `transcode`: the page plays fragments, and no H.265. */
  | { readonly type: 'open'; readonly url: string; readonly transcode?: boolean }
  | {
      readonly type: 'attach';
      readonly view: number;
      readonly camera: string;
      /** null: the page draws pictures itself, from fragments of MP4. */
      readonly picture: OffscreenCanvas | null;
      readonly overlay: OffscreenCanvas;
    }
  | { readonly type: 'detach'; readonly view: number }
  /** Whether the view can be seen now; the camera is subscribed only while it can. */
  | { readonly type: 'watch'; readonly view: number; readonly on: boolean }
  /** Which of the camera's streams is shown; the server gives the large one where there is no small one. */
  | { readonly type: 'stream'; readonly view: number; readonly stream: 'main' | 'sub' }
  /** Size on the screen in CSS pixels, and device pixels to each. */
  | {
      readonly type: 'size';
      readonly view: number;
      readonly width: number;
      readonly height: number;
      readonly pixelRatio: number;
    }
  | { readonly type: 'hidden'; readonly hidden: boolean }
  | { readonly type: 'boxes'; readonly on: boolean }
  /** The page's player has taken one fragment of the view. */
  | { readonly type: 'consumed'; readonly view: number }
  /** The page's player shows the picture of this presentation time. */
  | {
      readonly type: 'shown';
      readonly view: number;
      readonly ptsUs: number;
      readonly width: number;
      readonly height: number;
    }
  /** Sound of the view into `port`; null: no sound. */
  | { readonly type: 'listen'; readonly view: number; readonly port: MessagePort | null }
  /** Try to connect now instead of at `retryAt`. */
  | { readonly type: 'retry' };

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** `retryAt` by the browser's clock, UTC ms. */
  | { readonly kind: 'closed'; readonly retryAt: number };

/** Messages that concern the whole page go through as they came. */
export type Forwarded = Extract<ServerMessage, { type: 'state' | 'event' | 'recording' | 'error' }>;

/** What fragments begin with. */
export interface SourceShape {
  readonly codec: string;
  readonly init: Uint8Array<ArrayBuffer>;
}

export type WorkerMessage =
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'server'; readonly message: Forwarded }
  /** The newest picture on the canvas and its capture time (UTC ms, server's clock); at most two a second. */
  | {
      readonly type: 'picture';
      readonly view: number;
      readonly at: number;
      readonly width: number;
      readonly height: number;
    }
  /** What is in the picture, when that changed. */
  | { readonly type: 'seen'; readonly view: number; readonly counts: readonly (readonly [string, number])[] }
  | { readonly type: 'unsupported'; readonly view: number; readonly codec: string }
  /** A new row of fragments begins. */
  | ({ readonly type: 'fragments'; readonly view: number } & SourceShape)
  | { readonly type: 'fragment'; readonly view: number; readonly data: Uint8Array<ArrayBuffer> }
  /** The camera has sound of this shape, and this browser can play it. */
  | { readonly type: 'sound'; readonly view: number; readonly sampleRate: number; readonly channels: number };
