/**
 * Cameras whose video a browser can't play, converted while somebody looks: one process a camera however many look, none
 * while nobody does, and never more than `most` at a time. What the browser can play goes through as it is.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Sandbox } from '../decoder/sandbox.ts';
import type { Stream } from '../streams/stream.ts';
import type { ConvertedReader } from './converted-stream.ts';
import { ConvertedStream } from './converted-stream.ts';
import type { SlotStream } from './viewer-slot.ts';

export interface ConversionsOptions {
  /** How many may run: each takes about half a core. */
  readonly most: number;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly log: Log;
}

export class Conversions {
  readonly #options: ConversionsOptions;
  readonly #streams = new Map<Stream, ConvertedStream>();
  #running = 0;

  constructor(options: ConversionsOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  /** The same camera in H.264, whatever it sends. Costs nothing until somebody subscribes. */
  of(stream: Stream): SlotStream {
    return {
      id: stream.id,
      get audioFormat() {
        return stream.audioFormat;
      },
      ring: { newest: () => this.#streams.get(stream)?.newest() ?? [] },
      subscribe: (reader) => this.#subscribe(stream, reader),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    await Promise.all(streams.map((one) => one[Symbol.asyncDispose]()));
  }

  #subscribe(stream: Stream, reader: ConvertedReader): () => void {
    let converted = this.#streams.get(stream);
    if (converted === undefined) {
      const { most, sandbox, clock, log } = this.#options;
      converted = new ConvertedStream({
        ...{ stream, sandbox, clock, log: log.child({ camera: stream.id }) },
        admit: () => {
          if (this.#running >= most) return undefined;
          this.#running++;
          return () => {
            this.#running--;
          };
        },
      });
      this.#streams.set(stream, converted);
    }
    const joined = converted;
    const leave = joined.join(reader);
    return () => {
      leave();
      if (joined.readers === 0 && this.#streams.get(stream) === joined) this.#streams.delete(stream);
    };
  }
}
