/**
 * Reads raw video out of a NUT stream (ffmpeg's own container, `nut.txt` in its documentation): the one format in which
 * ffmpeg hands out raw pictures with their presentation times at once, without waiting for the next picture.
 *
 * It understands a single video stream and no more, trusts nothing (the decoder in front of it has met hostile bytes),
 * and copies each picture once, from the pipe's chunk into the buffer that its receiver will own.
 */

import type { FrameBuffers } from './frame-buffers.ts';
import type { FrameStart } from './nut-headers.ts';
import { NutHeaders } from './nut-headers.ts';

/** Headers and the few bytes in front of a picture; a stream that needs more than this isn't one of ours. */
const maxPending = 64 * 1024;

export interface NutPicture {
  readonly width: number;
  readonly height: number;
  /** In ticks of the time scale asked for. */
  readonly pts: number;
  /** Owned by the receiver. */
  readonly data: Uint8Array;
}

export class NutReader {
  readonly #onPicture: (picture: NutPicture) => void;
  readonly #headers: NutHeaders;
  readonly #buffers: FrameBuffers | undefined;
  #pending: Uint8Array = new Uint8Array(0);
  #start: FrameStart | undefined;
  #picture: Uint8Array = new Uint8Array(0);
  #filled = 0;

  /** `width` × `height` RGB pictures are expected, anything else is a fault; times are given in ticks of `timeScale` Hz. */
  constructor(
    width: number,
    height: number,
    timeScale: number,
    onPicture: (picture: NutPicture) => void,
    buffers?: FrameBuffers,
  ) {
    this.#buffers = buffers;
    this.#onPicture = onPicture;
    this.#headers = new NutHeaders(width, height, timeScale);
  }

  /** Takes the next bytes of the pipe; keeps no reference to them. False when the stream isn't what was asked for. */
  push(chunk: Uint8Array): boolean {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#start === undefined) {
        const joined = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest]);
        const read = this.#headers.next(joined);
        if (read === 'bad') return false;
        if (read === 'more') {
          if (joined.length > maxPending) return false;
          this.#pending = Uint8Array.from(joined);
          return true;
        }
        this.#pending = new Uint8Array(0);
        rest = joined.subarray(read.bytes);
        if (read.frame === undefined) continue;
        this.#start = read.frame;
        const { sizeBytes } = read.frame;
        this.#picture = this.#buffers?.take(sizeBytes) ?? new Uint8Array(sizeBytes);
        this.#filled = 0;
      }
      const part = rest.subarray(0, this.#picture.length - this.#filled);
      this.#picture.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled < this.#picture.length) return true;
      const { pts } = this.#start;
      this.#start = undefined;
      const data = this.#picture;
      this.#picture = new Uint8Array(0);
      this.#onPicture({ width: this.#headers.width, height: this.#headers.height, pts, data });
    }
    return true;
  }
}
