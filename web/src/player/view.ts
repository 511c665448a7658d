/** One place on the page that shows one camera, as the worker has it, whatever its pictures are made by. */
import type { ClientMessage, SampleHeader, ServerMessage } from '../../../src/wire/live.ts';
import type { ViewOverlay } from './view-overlay.ts';
import type { ViewSound } from './view-sound.ts';
import type { WorkerMessage } from './worker-protocol.ts';

export type Format = Extract<ServerMessage, { type: 'format' }>;

export interface View {
  readonly camera: string;
  readonly slot: number | undefined;
  readonly overlay: ViewOverlay;
  readonly sound: ViewSound;
  /** Whether the page can see this view. */
  watched: boolean;
  /** Asked for by the next `subscribe`. */
  stream: 'main' | 'sub';
  /** Asks for samples in `slot`; undefined when the socket is gone or nobody looks. The last picture stays. */
  subscribe(slot: number | undefined): void;
  onFormat(format: Format): void;
  onGap(): void;
  /** `frame` is the whole binary message, its header included. Hot: once a sample. */
  onSample(header: SampleHeader, frame: ArrayBuffer): void;
  /** After this the view is of no more use. */
  dispose(): void;
}

export interface ViewDeps {
  /** Whether this browser has no H.265. */
  readonly transcode: () => boolean;
  readonly view: number;
  readonly camera: string;
  readonly overlay: OffscreenCanvas;
  readonly send: (message: ClientMessage) => void;
  readonly post: (message: WorkerMessage, transfer?: Transferable[]) => void;
}
