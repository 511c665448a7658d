/**
 * A few small pictures of a visit from its beginning to its end, however long it takes: when the places are full, every
 * other one is given up and the next ones are taken half as often.
 */
import type { Frame } from '../decoder/frame.ts';
import { framesToWebp, shrunk } from '../decoder/picture-files.ts';

type Picture = Pick<Frame, 'data' | 'width' | 'height'>;

/** A tenth of a megabyte each. */
const maxPictures = 12;
const firstEveryMs = 400;

export class Preview {
  #pictures: { readonly picture: Picture; readonly at: number }[] = [];
  #everyMs = firstEveryMs;

  /** Times of the pictures, UTC ms. */
  get times(): readonly number[] {
    return this.#pictures.map((one) => one.at);
  }

  /** Takes a copy where a picture is due. */
  add(frame: Picture, at: number): void {
    const last = this.#pictures.at(-1);
    if (last !== undefined && at - last.at < this.#everyMs) return;
    const { width, height } = this.#pictures[0]?.picture ?? {};
    const picture = shrunk(frame);
    // The camera changed its format: one file has one size.
    if (width !== undefined && (width !== picture.width || height !== picture.height)) this.#pictures = [];
    this.#pictures.push({ picture, at });
    if (this.#pictures.length <= maxPictures) return;
    this.#pictures = this.#pictures.filter((_, index) => index % 2 === 0);
    this.#everyMs *= 2;
  }

  /** Animated WebP of what was seen so far; undefined where there is nothing. */
  async webp(): Promise<Uint8Array | undefined> {
    return this.#pictures.length === 0 ? undefined : await framesToWebp(this.#pictures.map((one) => one.picture));
  }
}
