/** The sound of one view: asked for while somebody listens, and asked for anew with each subscription. */
import type { ClientMessage, SampleHeader } from '../../../src/wire/live.ts';
import type { SoundFormat } from './sound-decoder.ts';
import { canHear, SoundDecoder } from './sound-decoder.ts';
import type { WorkerMessage } from './worker-protocol.ts';

export interface ViewSoundDeps {
  readonly view: number;
  readonly send: (message: ClientMessage) => void;
  readonly post: (message: WorkerMessage) => void;
}

export class ViewSound {
  readonly #deps: ViewSoundDeps;
  #slot: number | undefined;
  #format: SoundFormat | undefined;
  #port: MessagePort | undefined;
  #decoder: SoundDecoder | undefined;

  constructor(deps: ViewSoundDeps) {
    this.#deps = deps;
  }

  /** Right after the camera was subscribed in `slot`, or given up. */
  subscribed(slot: number | undefined): void {
    this.#slot = slot;
    if (slot !== undefined && this.#port !== undefined) this.#deps.send({ type: 'listen', slot, on: true });
  }

  onFormat(format: SoundFormat): void {
    const { sampleRate, channels } = format;
    this.#format = format;
    this.#forget();
    if (canHear(format)) this.#deps.post({ type: 'sound', view: this.#deps.view, sampleRate, channels });
  }

  /** Sound goes into `port` from now on; null: there is to be none. */
  listen(port: MessagePort | null): void {
    this.#port?.close();
    this.#forget();
    this.#port = port ?? undefined;
    if (this.#slot !== undefined) this.#deps.send({ type: 'listen', slot: this.#slot, on: port !== null });
  }

  /** Hot: once a frame. */
  frame(header: SampleHeader, data: Uint8Array): void {
    if (this.#format === undefined || this.#port === undefined) return;
    this.#decoder ??= new SoundDecoder(this.#format, this.#port);
    this.#decoder.frame(header, data);
  }

  dispose(): void {
    this.#forget();
    this.#port?.close();
  }

  #forget(): void {
    this.#decoder?.close();
    this.#decoder = undefined;
  }
}
