/** Sound of one camera, inside the worker: frames in, samples out through a port to whatever plays them. */
import type { SampleHeader, ServerMessage } from '../../../src/wire/live.ts';
import { expandG711 } from './g711.ts';

export type SoundFormat = Omit<Extract<ServerMessage, { type: 'sound' }>, 'type' | 'slot'>;

/** More waiting in the decoder is late already. */
const maxQueue = 50;

/** Whether this browser has what it takes. */
export function canHear({ codec }: SoundFormat): boolean {
  return codec === 'alaw' || codec === 'ulaw' || typeof AudioDecoder !== 'undefined';
}

export class SoundDecoder {
  readonly #format: SoundFormat;
  readonly #port: MessagePort;
  #decoder: AudioDecoder | undefined;
  #failed = false;

  constructor(format: SoundFormat, port: MessagePort) {
    this.#format = format;
    this.#port = port;
  }

  /** Hot: once a frame. */
  frame(header: SampleHeader, data: Uint8Array): void {
    const { codec, channels } = this.#format;
    if (data.length === 0 || header.damaged) return;
    if (codec === 'alaw' || codec === 'ulaw') {
      this.#play(expandG711(codec, data, channels));
      return;
    }
    this.#decoder ??= this.#open();
    if (this.#decoder?.state !== 'configured' || this.#decoder.decodeQueueSize > maxQueue) return;
    this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: header.ptsUs, data }));
  }

  close(): void {
    if (this.#decoder !== undefined && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
  }

  #open(): AudioDecoder | undefined {
    if (this.#failed) return undefined;
    const decoder = new AudioDecoder({
      output: (sound) => {
        const planes = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
          const plane = new Float32Array(sound.numberOfFrames);
          sound.copyTo(plane, { planeIndex, format: 'f32-planar' });
          return plane;
        });
        sound.close();
        this.#play(planes);
      },
      error: () => {
        this.#failed = true;
      },
    });
    const { codec, sampleRate, channels, description } = this.#format;
    try {
      decoder.configure({
        ...{ codec, sampleRate, numberOfChannels: channels },
        ...(description === ''
          ? {}
          : { description: Uint8Array.from(atob(description), (char) => char.charCodeAt(0)) }),
      });
    } catch {
      this.#failed = true;
      return undefined;
    }
    return decoder;
  }

  #play(planes: Float32Array[]): void {
    this.#port.postMessage(
      planes,
      planes.map(({ buffer }) => buffer),
    );
  }
}
