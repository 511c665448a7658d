/**
 * A deletion that can be taken back: the recording is out of sight at once, and gone for good after ten seconds, or when
 * the page is left, or when another one is deleted. One at a time, so that "Undo" has one meaning.
 */
import type { ReadonlySignal } from '@preact/signals';
import { signal } from '@preact/signals';
import type { Api } from '../api/client.ts';
import { ApiError } from '../api/client.ts';
import type { Recording } from '../api/types.ts';
import type { RecordingList } from './recording-list.ts';

const undoMs = 10_000;

export class Deletion {
  readonly #api: Pick<Api, 'deleteRecording'>;
  readonly #list: Pick<RecordingList, 'remove' | 'restore'>;
  readonly #pending = signal<Recording | null>(null);
  readonly #refused = signal<ApiError | null>(null);
  /** What can still be brought back. */
  readonly pending: ReadonlySignal<Recording | null> = this.#pending;
  /** Why the last one is still there. */
  readonly refused: ReadonlySignal<ApiError | null> = this.#refused;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Pick<Api, 'deleteRecording'>, list: Pick<RecordingList, 'remove' | 'restore'>) {
    this.#api = api;
    this.#list = list;
  }

  start(recording: Recording): void {
    void this.commit();
    this.#refused.value = null;
    this.#list.remove(recording.id);
    this.#pending.value = recording;
    this.#timer = setTimeout(() => void this.commit(), undoMs);
  }

  undo(): void {
    clearTimeout(this.#timer);
    const recording = this.#pending.value;
    this.#pending.value = null;
    if (recording !== null) this.#list.restore(recording);
  }

  /** For good. Never throws: what was refused is shown again. */
  async commit(): Promise<void> {
    clearTimeout(this.#timer);
    const recording = this.#pending.value;
    this.#pending.value = null;
    if (recording === null) return;
    try {
      await this.#api.deleteRecording(recording.id);
    } catch (failure) {
      // Somebody else was faster: it is gone, as was asked.
      if (failure instanceof ApiError && failure.status === 404) return;
      this.#list.restore(recording);
      if (failure instanceof ApiError) this.#refused.value = failure;
    }
  }
}
