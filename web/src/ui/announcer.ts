/** What just happened, in one sentence: shown for a moment and said by screen readers. */
import type { ReadonlySignal } from '@preact/signals';
import { signal } from '@preact/signals';

const shownMs = 6000;

export class Announcer {
  readonly #text = signal('');
  readonly text: ReadonlySignal<string> = this.#text;
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.#text.value = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#text.value = '';
    }, shownMs);
  }
}
