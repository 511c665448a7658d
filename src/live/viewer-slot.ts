/**
 * One camera shown to one viewer. Samples go out as they come while the viewer has credit; a viewer that is slower than
 * its camera loses whole stretches up to a keyframe and is told so: it sees fewer pictures, never old or broken ones.
 */
import type { Sample, VideoFormat } from '../media/sample.ts';
import type { Stream } from '../streams/stream.ts';
import type { ServerMessage } from '../wire/live.ts';
import { initialCreditBytes, sampleHeaderBytes, writeSampleHeader } from '../wire/live.ts';

export interface SlotOutput {
  text(message: ServerMessage): void;
  binary(frame: Uint8Array): void;
}

export class ViewerSlot {
  readonly camera: string;
  readonly #slot: number;
  readonly #output: SlotOutput;
  readonly #unsubscribe: () => void;
  #format: VideoFormat | undefined;
  #creditBytes = initialCreditBytes;
  #dropped = 0;
  #waitingForKeyframe = true;

  constructor(slot: number, stream: Stream, output: SlotOutput) {
    this.camera = stream.id;
    this.#slot = slot;
    this.#output = output;
    // The running GOP first: the viewer has a picture at once instead of at the next keyframe.
    for (const sample of stream.ring.newest()) this.sample(sample);
    this.#unsubscribe = stream.subscribe(this);
  }

  /** The viewer has consumed `bytes` of what it was sent. */
  credit(bytes: number): void {
    this.#creditBytes = Math.min(initialCreditBytes, this.#creditBytes + bytes);
  }

  close(): void {
    this.#unsubscribe();
  }

  // hot
  sample(sample: Sample): void {
    if (sample.format.kind !== 'video') return;
    if (this.#waitingForKeyframe && !sample.keyframe) {
      this.#dropped++;
      return;
    }
    const frameBytes = sampleHeaderBytes + sample.data.length;
    // A keyframe larger than all credit together may still go out when nothing else is under way.
    if (frameBytes > this.#creditBytes && this.#creditBytes < initialCreditBytes) {
      this.#waitingForKeyframe = true;
      this.#dropped++;
      return;
    }
    if (this.#waitingForKeyframe) {
      this.#waitingForKeyframe = false;
      if (this.#dropped > 0 && this.#format !== undefined) {
        this.#output.text({ type: 'gap', slot: this.#slot, dropped: this.#dropped });
      }
      this.#dropped = 0;
    }
    if (sample.format !== this.#format) this.#announce(sample.format);
    this.#creditBytes -= frameBytes;
    const frame = new Uint8Array(frameBytes);
    writeSampleHeader(new DataView(frame.buffer), 0, {
      kind: 'video',
      slot: this.#slot,
      keyframe: sample.keyframe,
      damaged: sample.damaged,
      discontinuity: sample.discontinuity,
      ptsUs: Math.round((sample.ptsTicks * 1_000_000) / sample.format.timeScale),
      at: Math.round(sample.at),
    });
    frame.set(sample.data, sampleHeaderBytes);
    this.#output.binary(frame);
  }

  #announce(format: VideoFormat): void {
    this.#format = format;
    this.#output.text({
      type: 'format',
      slot: this.#slot,
      codec: format.codecString,
      width: format.width,
      height: format.height,
      description: Buffer.from(format.configuration).toString('base64'),
    });
  }
}
