/**
 * Who is signed in. `signed-out` with `ended` means that a session was there and went: the log-in then shows in place
 * of the page, and the page comes back where it was.
 */
import type { ReadonlySignal } from '@preact/signals';
import { signal } from '@preact/signals';
import type { Api } from '../api/client.ts';
import { ApiError } from '../api/client.ts';
import { retryDelayMs } from '../api/retry.ts';
import type { Session, VaultState } from '../api/types.ts';
import { signChallenge } from './passkeys.ts';

export type SessionState =
  | { readonly kind: 'loading' }
  /** `retryAt` by the browser's clock, UTC ms. */
  | { readonly kind: 'unreachable'; readonly retryAt: number }
  | { readonly kind: 'signed-out'; readonly ended: boolean }
  | { readonly kind: 'signed-in'; readonly session: Session };

export class SessionStore {
  readonly #api: Api;
  readonly #state = signal<SessionState>({ kind: 'loading' });
  readonly state: ReadonlySignal<SessionState> = this.#state;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  get session(): Session | undefined {
    const state = this.#state.value;
    return state.kind === 'signed-in' ? state.session : undefined;
  }

  get isAdmin(): boolean {
    return this.session?.user_type === 'admin';
  }

  /** Asks the server who we are; goes on asking while it can't be reached. Never throws. */
  async load(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const session = await this.#api.session();
      this.#attempt = 0;
      this.#state.value = { kind: 'signed-in', session };
    } catch (error) {
      if (error instanceof ApiError && error.kind === 'session') {
        this.#attempt = 0;
        // Several requests may find out together; only the first one knows that there was a session.
        if (this.#state.value.kind !== 'signed-out')
          this.#state.value = { kind: 'signed-out', ended: this.session !== undefined };
        return;
      }
      this.#tryLater();
    }
  }

  /** Throws `ApiError` when the server refuses. */
  async signIn(username: string, password: string): Promise<void> {
    await this.#api.logIn(username, password);
    await this.load();
  }

  /** The code that `access/second-factor` asked for. Throws `ApiError`. */
  async signInWithCode(otp: string): Promise<void> {
    await this.#api.logInWithCode(otp);
    await this.load();
  }

  /** With a passkey, instead of a code or of everything. Throws `ApiError`, and `DOMException` where somebody says no. */
  async signInWithPasskey(): Promise<void> {
    await this.#api.logInWithPasskey(await signChallenge(await this.#api.askForPasskey()));
    await this.load();
  }

  /** Signs out here even where the server can't be told; its session then ends by its own time-out. */
  async signOut(): Promise<void> {
    try {
      await this.#api.logOut();
    } finally {
      this.#state.value = { kind: 'signed-out', ended: false };
    }
  }

  /** Some request was answered 401. */
  end(): void {
    if (this.session !== undefined) this.#state.value = { kind: 'signed-out', ended: true };
  }

  setVault(vault: VaultState): void {
    const session = this.session;
    if (session !== undefined) this.#state.value = { kind: 'signed-in', session: { ...session, vault } };
  }

  #tryLater(): void {
    const delay = retryDelayMs(this.#attempt);
    this.#attempt++;
    // Whoever is signed in keeps the page: the live connection says by itself that the server is away.
    if (this.session === undefined) this.#state.value = { kind: 'unreachable', retryAt: Date.now() + delay };
    this.#timer = setTimeout(() => void this.load(), delay);
  }
}
