/**
 * One camera shown to one viewer. Samples go out as they come while the viewer has credit; a viewer that is slower than
 * its camera loses whole stretches up to a keyframe and is told so: it sees fewer pictures, never old or broken ones.
 */

import type { Problem } from '../base/problem.ts';
import { initSegment } from '../media/init-segment.ts';
import type { AudioFormat, Sample, VideoFormat } from '../media/sample.ts';
import type { Stream } from '../streams/stream.ts';
import type { ServerMessage } from '../wire/live.ts';
import { initialCreditBytes, sampleHeaderBytes, writeSampleHeader } from '../wire/live.ts';
import type { ConvertedReader } from './converted-stream.ts';
import { FragmentLine } from './fragment-line.ts';

export interface SlotOutput {
  text(message: ServerMessage): void;
  binary(frame: Uint8Array): void;
}

/** What is shown: a stream, or what is made of one. */
export interface SlotStream extends Pick<Stream, 'id' | 'audioFormat'> {
  readonly ring: { newest(): readonly Sample[] };
  readonly subscribe: (reader: ConvertedReader) => () => void;
}

export class ViewerSlot {
  readonly camera: string;
  readonly #slot: number;
  readonly #output: SlotOutput;
  readonly #asFragments: boolean;
  readonly #unsubscribe: () => void;
  #format: VideoFormat | undefined;
  #sound: AudioFormat | undefined;
  #listens = false;
  #line: FragmentLine | undefined;
  #creditBytes = initialCreditBytes;
  #dropped = 0;
  #waitingForKeyframe = true;

  constructor(slot: number, stream: SlotStream, output: SlotOutput, as: 'samples' | 'mp4' = 'samples') {
    this.camera = stream.id;
    this.#slot = slot;
    this.#output = output;
    this.#asFragments = as === 'mp4';
    // The running GOP first: the viewer has a picture at once instead of at the next keyframe.
    for (const sample of stream.ring.newest()) if (sample.format.kind === 'video') this.sample(sample);
    if (stream.audioFormat !== undefined) this.#announceSound(stream.audioFormat);
    this.#unsubscribe = stream.subscribe(this);
  }

  /** Whether sound is sent too, from now on. */
  listen(on: boolean): void {
    this.#listens = on;
  }

  /** The viewer has consumed `bytes` of what it was sent. */
  credit(bytes: number): void {
    this.#creditBytes = Math.min(initialCreditBytes, this.#creditBytes + bytes);
  }

  problem({ code, detail }: Problem): void {
    this.#output.text({ type: 'error', slot: this.#slot, code, detail });
  }

  close(): void {
    this.#unsubscribe();
  }

  // hot
  sample(sample: Sample): void {
    const { format } = sample;
    if (format.kind === 'audio') {
      this.#soundSample(sample, format);
      return;
    }
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
    if (format !== this.#format) this.#announce(format);
    const made = this.#line?.fragment(sample);
    this.#send('video', sample, made?.bytes ?? sample.data, made?.ptsTicks ?? sample.ptsTicks);
  }

  /** Sound without credit is left out: it is late already, and silence tells so. */
  #soundSample(sample: Sample, format: AudioFormat): void {
    if (format !== this.#sound) this.#announceSound(format);
    if (!this.#listens || sampleHeaderBytes + sample.data.length > this.#creditBytes) return;
    this.#send('audio', sample, sample.data, sample.ptsTicks);
  }

  #send(kind: 'video' | 'audio', sample: Sample, data: Uint8Array, ptsTicks: number): void {
    const frame = new Uint8Array(sampleHeaderBytes + data.length);
    this.#creditBytes -= frame.length;
    writeSampleHeader(new DataView(frame.buffer), 0, {
      kind,
      slot: this.#slot,
      keyframe: sample.keyframe,
      damaged: sample.damaged,
      discontinuity: sample.discontinuity,
      ptsUs: Math.round((ptsTicks * 1_000_000) / sample.format.timeScale),
      at: Math.round(sample.at),
    });
    frame.set(data, sampleHeaderBytes);
    this.#output.binary(frame);
  }

  #announce(format: VideoFormat): void {
    this.#format = format;
    if (this.#asFragments) this.#line = new FragmentLine(format);
    this.#output.text({
      type: 'format',
      slot: this.#slot,
      codec: format.codecString,
      width: format.width,
      height: format.height,
      description: Buffer.from(format.configuration).toString('base64'),
      ...(this.#asFragments ? { init: Buffer.from(initSegment([format])).toString('base64') } : {}),
    });
  }

  #announceSound(format: AudioFormat): void {
    this.#sound = format;
    const { codecString: codec, sampleRate, channels, configuration } = format;
    // Opus in packets needs no description; what a container says of it isn't what WebCodecs takes.
    const description = format.codec === 'aac' ? Buffer.from(configuration).toString('base64') : '';
    this.#output.text({ type: 'sound', slot: this.#slot, codec, sampleRate, channels, description });
  }
}
