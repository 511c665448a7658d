/** Runs on the browser's audio thread: plays what the live worker sends through a port of its own. */
import { SoundQueue } from './sound-queue.ts';

// The DOM library doesn't know the inside of an AudioWorklet.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, type: new () => AudioWorkletProcessor): void;

class LiveSound extends AudioWorkletProcessor {
  readonly #queue = new SoundQueue(sampleRate);

  constructor() {
    super();
    this.port.onmessage = ({ data: source }: MessageEvent<MessagePort>) => {
      source.onmessage = ({ data: planes }: MessageEvent<Float32Array[]>) => this.#queue.push(planes);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.#queue.pull(outputs[0]!);
    return true;
  }
}

registerProcessor('live-sound', LiveSound);
