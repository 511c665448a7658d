/** What an admin tells a camera from the wall: record now, and see nothing for a while. */
import type { IconNode } from 'lucide';
import { Disc, Eye, EyeOff, SquareStop } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { recordByHand, setPrivacy } from '../cameras/camera-api.ts';
import type { CameraEntry } from '../cameras/camera-store.ts';
import { isPrivate } from '../cameras/state-words.ts';
import { messages } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';
import styles from './tile.module.css';

/** How long a refusal stands over the picture. */
const refusalMs = 8000;

export function CameraControls({ entry }: { readonly entry: CameraEntry }) {
  const { api } = useApp();
  const words = messages.wallPage;
  const { camera } = entry;
  const state = entry.state.value;
  const off = isPrivate(state);
  const byHand = state.byHand === true;
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (refused === undefined) return;
    const over = setTimeout(() => setRefused(undefined), refusalMs);
    return () => clearTimeout(over);
  }, [refused]);

  // What becomes of it is told by the camera's state.
  const tell = (wish: Promise<unknown>): void => {
    setBusy(true);
    setRefused(undefined);
    wish.catch((failure: unknown) => setRefused(whyNot(failure))).finally(() => setBusy(false));
  };
  return (
    <>
      <div class={styles.controls} data-on={byHand || off ? 'true' : undefined}>
        {off ? null : (
          <Control
            icon={byHand ? SquareStop : Disc}
            label={byHand ? words.stopRecording(camera.name) : words.record(camera.name)}
            on={byHand}
            busy={busy}
            onClick={() => tell(recordByHand(api, camera.id, byHand ? 'stop' : 'start'))}
          />
        )}
        <Control
          icon={off ? EyeOff : Eye}
          label={off ? words.privacyOff(camera.name) : words.privacyOn(camera.name)}
          on={off}
          busy={busy}
          onClick={() => tell(setPrivacy(api, camera.id, !off))}
        />
      </div>
      {refused === undefined ? null : (
        <p class={styles.refused} role="alert">
          {refused}
        </p>
      )}
    </>
  );
}

interface ControlProps {
  readonly icon: IconNode;
  readonly label: string;
  readonly on: boolean;
  readonly busy: boolean;
  readonly onClick: () => void;
}

/** The label changes with the state, so nothing is said twice by a pressed state for ears; eyes see the colour. */
function Control({ icon, label, on, busy, onClick }: ControlProps) {
  return (
    <button
      type="button"
      class={styles.control}
      data-on={on ? 'true' : undefined}
      aria-label={label}
      title={label}
      aria-disabled={busy ? 'true' : undefined}
      onClick={() => {
        if (!busy) onClick();
      }}
    >
      <Icon node={icon} />
    </button>
  );
}
