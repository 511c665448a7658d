/** The cameras of the file: add, change, take out. */
import { CalendarClock, Pencil, Plus, Trash2 } from 'lucide';
import { useState } from 'preact/hooks';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { AddCamera } from '../cameras/add-camera.tsx';
import { removeCamera } from '../cameras/camera-api.ts';
import { messages } from '../messages/messages.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import lines from '../ui/line-list.module.css';
import { CameraForm } from './camera-form.tsx';
import { ScheduleEditor } from './schedule-editor.tsx';
import styles from './settings.module.css';
import { ZoneEditor } from './zone-editor.tsx';

type Entry = Settings['cameras'][number];
type Open =
  | { readonly kind: 'add' }
  | { readonly kind: 'edit' | 'remove' | 'zones' | 'schedule'; readonly entry: Entry }
  | null;

export function CamerasSection({
  settings,
  reload,
}: {
  readonly settings: Settings;
  readonly reload: () => Promise<void>;
}) {
  const { cameras } = useApp();
  const words = messages.settingsPage;
  const [open, setOpen] = useState<Open>(null);
  const close = (): void => {
    // What was saved is there before another form can be opened on it.
    void reload().finally(() => setOpen(null));
    cameras.load().catch(() => undefined);
  };
  return (
    <>
      {settings.cameras.length === 0 ? <p class={styles.muted}>{words.noCameras}</p> : null}
      <ul class={lines.list}>
        {settings.cameras.map((entry) => (
          <li key={entry.id} class={lines.line}>
            <div class={lines.grow}>
              <strong>{nameOf(entry)}</strong>
              <p class={styles.muted}>
                {String(entry.entry['source'] ?? words.publishes(String(entry.entry['path'] ?? '')))}
              </p>
            </div>
            <Button onClick={() => setOpen({ kind: 'zones', entry })}>{words.zones}</Button>
            <IconButton
              icon={CalendarClock}
              label={words.scheduleOf(nameOf(entry))}
              onClick={() => setOpen({ kind: 'schedule', entry })}
            />
            <IconButton
              icon={Pencil}
              label={words.change(nameOf(entry))}
              onClick={() => setOpen({ kind: 'edit', entry })}
            />
            <IconButton
              icon={Trash2}
              label={words.remove(nameOf(entry))}
              onClick={() => setOpen({ kind: 'remove', entry })}
            />
          </li>
        ))}
      </ul>
      <div>
        <Button icon={Plus} kind="primary" disabled={!settings.writable} onClick={() => setOpen({ kind: 'add' })}>
          {words.addCamera}
        </Button>
      </div>
      {open?.kind === 'add' ? (
        <Dialog title={words.addCamera} onClose={close}>
          <AddCamera canSkip={false} onDone={close} />
        </Dialog>
      ) : null}
      {open?.kind === 'edit' ? (
        <Dialog title={nameOf(open.entry)} onClose={close}>
          <CameraForm entry={open.entry} settings={settings} onDone={close} />
        </Dialog>
      ) : null}
      {open?.kind === 'zones' ? (
        <Dialog title={words.zonesOf(nameOf(open.entry))} size="player" onClose={close}>
          <ZoneEditor entry={open.entry} settings={settings} onDone={close} />
        </Dialog>
      ) : null}
      {open?.kind === 'schedule' ? (
        <Dialog title={words.scheduleOf(nameOf(open.entry))} onClose={close}>
          <ScheduleEditor entry={open.entry} onDone={close} />
        </Dialog>
      ) : null}
      {open?.kind === 'remove' ? <Remove entry={open.entry} onDone={close} /> : null}
    </>
  );
}

function Remove({ entry, onDone }: { readonly entry: Entry; readonly onDone: () => void }) {
  const { api, announcer } = useApp();
  const words = messages.settingsPage;
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await removeCamera(api, entry.id);
      announcer.say(words.removed(nameOf(entry)));
      onDone();
    } catch (failure) {
      setError(whyNot(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.removeTitle(nameOf(entry))} onClose={onDone}>
      <p>{words.removeText}</p>
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <div class={styles.choices}>
        <Button onClick={onDone}>{messages.cancel}</Button>
        <Button kind="danger" busy={busy} onClick={() => void remove()}>
          {messages.remove}
        </Button>
      </div>
    </Dialog>
  );
}

function nameOf({ id, entry }: Entry): string {
  return typeof entry['name'] === 'string' ? entry['name'] : id;
}
