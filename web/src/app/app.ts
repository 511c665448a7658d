/**
 * What the pages share, joined in one place: `createApp` is called by main.tsx alone, pages get it by `useApp()`.
 * The live connection exists while somebody is signed in.
 */
import type { ReadonlySignal } from '@preact/signals';
import { effect, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Api } from '../api/client.ts';
import { CameraStore } from '../cameras/camera-store.ts';
import { LiveClient } from '../player/live-client.ts';
import type { Forwarded } from '../player/worker-protocol.ts';
import { SessionStore } from '../session/session-store.ts';
import { Announcer } from '../ui/announcer.ts';
import { ThemeStore } from './theme-store.ts';

export interface App {
  readonly api: Api;
  readonly session: SessionStore;
  readonly cameras: CameraStore;
  /** null while nobody is signed in. */
  readonly live: ReadonlySignal<LiveClient | null>;
  /** The browser's clock, UTC ms, once a second while the tab shows. */
  readonly tick: ReadonlySignal<number>;
  /** Counts recordings that were finished or begun since the page was opened; lists reload when it moves. */
  readonly recordingsChanged: ReadonlySignal<number>;
  readonly theme: ThemeStore;
  readonly announcer: Announcer;
}

/** `soundUrl`: of the audio worklet. */
export function createApp(startWorker: () => Worker, soundUrl: string): App {
  const api = new Api({ fetch: (input, init) => fetch(input, init), onSessionEnded: () => session.end() });
  const session: SessionStore = new SessionStore(api);
  const cameras = new CameraStore(api);
  const live = signal<LiveClient | null>(null);
  const tick = signal(Date.now());
  const recordingsChanged = signal(0);
  const reloadCameras = (): void => void cameras.load().catch(() => undefined);

  setInterval(() => {
    if (document.visibilityState === 'visible') tick.value = Date.now();
  }, 1000);

  const onMessage = (message: Forwarded): void => {
    if (message.type === 'state') cameras.setState(message.camera, message.state);
    if (message.type === 'recording') recordingsChanged.value++;
  };

  // `?mse` is for whoever wants to see what other browsers see.
  const fragments = typeof VideoDecoder === 'undefined' || new URLSearchParams(location.search).has('mse');

  effect(() => {
    const signedIn = session.state.value.kind === 'signed-in';
    const current = live.peek();
    if (signedIn && current === null) {
      live.value = new LiveClient({
        startWorker,
        url: `wss://${location.host}/api/live`,
        soundUrl,
        fragments,
        onMessage,
      });
      reloadCameras();
    } else if (!signedIn && current !== null) {
      current.dispose();
      live.value = null;
    }
  });

  // A refused upgrade looks like a dead network to a page. Asking who we are tells them apart.
  effect(() => {
    const connection = live.value?.connection.value;
    if (connection?.kind === 'closed') void session.load();
    if (connection?.kind === 'open') reloadCameras();
  });

  return { api, session, cameras, live, tick, recordingsChanged, theme: new ThemeStore(), announcer: new Announcer() };
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error('a page outside AppContext');
  return app;
}
