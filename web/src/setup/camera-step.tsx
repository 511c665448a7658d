/** The first camera: added, and looked at. */
import { useState } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import { AddCamera } from '../cameras/add-camera.tsx';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Tile } from '../wall/tile.tsx';
import styles from './setup.module.css';

export function CameraStep({ onDone }: { readonly onDone: (camera: string | null) => void }) {
  const { cameras, live } = useApp();
  const words = messages.setup;
  const [added, setAdded] = useState<string | null>(null);
  if (added === null)
    return (
      <AddCamera
        canSkip={true}
        onDone={(id) => {
          if (id === null) onDone(null);
          else setAdded(id);
        }}
      />
    );
  const entry = cameras.list.value?.find(({ camera }) => camera.id === added);
  const client = live.value;
  return (
    <div class={styles.form}>
      <p class={styles.seen}>{words.cameraAdded(entry?.camera.name ?? '')}</p>
      {entry === undefined || client === null ? null : (
        <ul class={styles.live}>
          <Tile
            entry={entry}
            client={client}
            enlarged={true}
            hidden={false}
            small={false}
            aspect={16 / 9}
            onOpen={undefined}
          />
        </ul>
      )}
      <Button kind="primary" onClick={() => onDone(added)}>
        {words.next}
      </Button>
      <Button onClick={() => setAdded(null)}>{words.anotherCamera}</Button>
    </div>
  );
}
