/** The cameras that the session may see. The list comes from the API, each one's state from the live socket. */
import type { ReadonlySignal, Signal } from '@preact/signals';
import { signal } from '@preact/signals';
import type { StreamStateMessage } from '../../../src/wire/live.ts';
import type { Api } from '../api/client.ts';
import type { Camera } from '../api/types.ts';

export interface CameraEntry {
  readonly camera: Camera;
  readonly state: ReadonlySignal<StreamStateMessage>;
}

export class CameraStore {
  readonly #api: Api;
  readonly #list = signal<readonly CameraEntry[] | null>(null);
  readonly #states = new Map<string, Signal<StreamStateMessage>>();
  /** null until the first answer. */
  readonly list: ReadonlySignal<readonly CameraEntry[] | null> = this.#list;
  #loading: Promise<void> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Loads the list; calls while one is under way share it. Throws `ApiError`. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** The state that the live socket tells; a camera that we don't know yet makes us ask for the list. */
  setState(camera: string, state: StreamStateMessage): void {
    const known = this.#states.get(camera);
    if (known !== undefined) known.value = state;
    else if (this.#list.value !== null) this.load().catch(() => undefined);
  }

  async #load(): Promise<void> {
    const cameras = await this.#api.cameras();
    const ids = new Set(cameras.map((camera) => camera.id));
    for (const id of this.#states.keys()) if (!ids.has(id)) this.#states.delete(id);
    this.#list.value = cameras.map((camera) => {
      const state = this.#states.get(camera.id) ?? signal(camera.state);
      state.value = camera.state;
      this.#states.set(camera.id, state);
      return { camera, state };
    });
  }
}
