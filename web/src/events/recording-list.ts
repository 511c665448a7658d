/** The recordings that the events page has loaded so far for one set of filters. */
import type { ReadonlySignal } from '@preact/signals';
import { signal } from '@preact/signals';
import type { Api } from '../api/client.ts';
import type { Recording } from '../api/types.ts';
import type { EventFilters } from './filters.ts';
import { mergeNewer } from './groups.ts';

const pageSize = 60;

export type ListStatus = 'loading' | 'ready' | 'failed';

export class RecordingList {
  readonly #api: Api;
  readonly #filters: EventFilters;
  readonly #stop = new AbortController();
  readonly #items = signal<readonly Recording[]>([]);
  readonly #total = signal<number | null>(null);
  readonly #status = signal<ListStatus>('loading');
  readonly items: ReadonlySignal<readonly Recording[]> = this.#items;
  /** How many there are in all; null until the first answer. */
  readonly total: ReadonlySignal<number | null> = this.#total;
  readonly #totalIsExact = signal(true);
  /** false where there are more: counting everything that a search finds may take too long. */
  readonly totalIsExact: ReadonlySignal<boolean> = this.#totalIsExact;
  readonly status: ReadonlySignal<ListStatus> = this.#status;
  /** Of the page after the last; null after the last one, undefined before the first. */
  readonly #next = signal<string | null | undefined>(undefined);
  #busy = false;
  #again = false;

  constructor(api: Api, filters: EventFilters) {
    this.#api = api;
    this.#filters = filters;
  }

  get hasMore(): boolean {
    return typeof this.#next.value === 'string';
  }

  /** Loads the next page. Never throws: `status` says how it went. */
  loadMore(): Promise<void> {
    return this.#next.value === null ? Promise.resolve() : this.#load(this.#next.value ?? null);
  }

  /** Looks for newer ones. */
  async refresh(): Promise<void> {
    if (this.#busy) this.#again = true;
    else await this.#load(null);
  }

  remove(id: number): void {
    this.#items.value = this.#items.value.filter((recording) => recording.id !== id);
    if (this.#total.value !== null) this.#total.value--;
  }

  /** Shows it as it is now. */
  replace(recording: Recording): void {
    this.#items.value = this.#items.value.map((one) => (one.id === recording.id ? recording : one));
  }

  /** Puts back what `remove` took out, where it was. */
  restore(recording: Recording): void {
    const others = this.#items.value.filter((one) => one.id !== recording.id);
    const at = others.findIndex((one) => one.timestamp < recording.timestamp);
    this.#items.value = others.toSpliced(at === -1 ? others.length : at, 0, recording);
    if (this.#total.value !== null) this.#total.value++;
  }

  dispose(): void {
    this.#stop.abort();
  }

  async #load(cursor: string | null): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#status.value = 'loading';
    try {
      const { camera, seen: objectType, day, sure, zone } = this.#filters;
      const minConfidence = sure === null ? null : sure / 100;
      const query = { limit: pageSize, cursor, camera, objectType, day, minConfidence, zone };
      const page = await this.#api.recordings(query, this.#stop.signal);
      this.#total.value = page.total;
      this.#totalIsExact.value = page.total_is_exact !== false;
      const known = this.#items.value;
      this.#items.value =
        cursor === null ? mergeNewer(page.recordings, known) : [...known, ...notIn(known, page.recordings)];
      // Looking for newer ones doesn't lose the place at the other end.
      if (cursor !== null || this.#next.value === undefined) this.#next.value = page.next_cursor;
      this.#status.value = 'ready';
    } catch {
      this.#status.value = 'failed';
    } finally {
      this.#busy = false;
    }
    if (!this.#again || this.#stop.signal.aborted) return;
    this.#again = false;
    await this.#load(null);
  }
}

function notIn(known: readonly Recording[], more: readonly Recording[]): Recording[] {
  const ids = new Set(known.map((recording) => recording.id));
  return more.filter((recording) => !ids.has(recording.id));
}
