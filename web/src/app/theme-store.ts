/** Dark, light, or as the system says. Kept in this browser: it is about a screen and its room, not about a person. */
import type { ReadonlySignal } from '@preact/signals';
import { computed, effect, signal } from '@preact/signals';

export type ThemeChoice = 'system' | 'dark' | 'light';

const key = 'sentrix.theme';

export class ThemeStore {
  readonly #choice = signal<ThemeChoice>(readChoice());
  readonly #systemIsLight = signal(false);
  readonly choice: ReadonlySignal<ThemeChoice> = this.#choice;
  /** For pages in general. */
  readonly page: ReadonlySignal<'dark' | 'light'> = computed(() => {
    const choice = this.#choice.value;
    if (choice !== 'system') return choice;
    return this.#systemIsLight.value ? 'light' : 'dark';
  });
  /** For where pictures are: dark unless light was asked for. */
  readonly wall: ReadonlySignal<'dark' | 'light'> = computed(() => (this.#choice.value === 'light' ? 'light' : 'dark'));

  constructor() {
    const query = matchMedia('(prefers-color-scheme: light)');
    this.#systemIsLight.value = query.matches;
    query.addEventListener('change', () => {
      this.#systemIsLight.value = query.matches;
    });
    effect(() => {
      document.documentElement.dataset.theme = this.page.value;
    });
  }

  choose(choice: ThemeChoice): void {
    this.#choice.value = choice;
    try {
      localStorage.setItem(key, choice);
    } catch {
      // A browser that keeps nothing: then it holds for this visit.
    }
  }
}

function readChoice(): ThemeChoice {
  try {
    const kept = localStorage.getItem(key);
    return kept === 'dark' || kept === 'light' ? kept : 'system';
  } catch {
    return 'system';
  }
}
