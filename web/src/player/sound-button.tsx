/** Turns the sound of one camera on and off. There only where the camera has sound; off until somebody wants it. */
import { Volume2, VolumeX } from 'lucide';
import { messages } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import type { LiveView } from './live-client.ts';
import styles from './sound-button.module.css';

export function SoundButton({ view, camera }: { readonly view: LiveView; readonly camera: string }) {
  if (view.sound.value === null) return null;
  const on = view.listening.value;
  return (
    <button
      type="button"
      class={styles.button}
      aria-pressed={on}
      aria-label={messages.wallPage.sound(camera)}
      title={on ? messages.wallPage.mute : messages.wallPage.listen}
      onClick={() => view.listen(!on)}
    >
      <Icon node={on ? Volume2 : VolumeX} />
    </button>
  );
}
