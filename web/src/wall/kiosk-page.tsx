/**
 * `/wall`: pictures and nothing else, for a screen that hangs somewhere. It keeps the screen awake, and comes back by
 * itself from whatever happens to server, network or session.
 */
import { useEffect } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { useTitle } from '../ui/hooks.ts';
import { ordered, readOrder } from './order.ts';
import { Stage } from './stage.tsx';
import styles from './wall-page.module.css';

export function KioskPage() {
  const { cameras, live } = useApp();
  const given = cameras.list.value;
  // As it was arranged on the wall of this browser.
  const list = given === null ? null : ordered(given, (entry) => entry.camera.id, readOrder());
  const client = live.value;
  useTitle(messages.wallPage.title);
  useWakeLock();
  return (
    <main id="main" class={styles.kiosk} data-theme="dark" tabIndex={-1}>
      <h1 class="visually-hidden">{messages.wallPage.title}</h1>
      {list !== null && client !== null && list.length > 0 ? (
        <Stage list={list} client={client} one={undefined} onOpen={undefined} />
      ) : null}
    </main>
  );
}

/** The lock ends when the tab is hidden; it is asked for again each time it shows. Where there is none, nothing is lost. */
function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let over = false;
    const ask = (): void => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      navigator.wakeLock.request('screen').then(
        (got) => {
          if (over) void got.release();
          else lock = got;
        },
        () => undefined,
      );
    };
    ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', ask);
      void lock?.release();
    };
  }, []);
}
