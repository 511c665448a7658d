/** Where the video and the thumbnail of a clip are; asked for once, for a hand that scrubs comes by many times. */
import type { Api } from '../api/client.ts';
import type { Recording } from '../api/types.ts';

export interface ClipFile {
  readonly video: string;
  /** null where none was made. */
  readonly thumbnail: string | null;
}

const mostKnown = 500;

export class ClipFiles {
  readonly #api: Api;
  readonly #known = new Map<number, Promise<ClipFile | null>>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** null where it is gone. Never rejects. */
  of(id: number): Promise<ClipFile | null> {
    let found = this.#known.get(id);
    if (found === undefined) {
      found = this.#api.get<Recording>(`/api/recordings/${id}`).then(
        ({ file_url, thumbnail_url }) => ({ video: file_url, thumbnail: thumbnail_url }),
        () => null,
      );
      this.#known.set(id, found);
      const [oldest] = this.#known.keys();
      if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    }
    return found;
  }
}
