/** Plays one recording over the list, with its neighbours at hand. */
import { ChevronLeft, ChevronRight, Download, Trash2 } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import type { Recording } from '../api/types.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { clockTime, dayTitle, duration, fullTime } from '../messages/times.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { classGroup } from '../ui/class-group.ts';
import { ClassIcon } from '../ui/class-icon.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useKeys } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { UnlockForm } from '../vault/unlock-form.tsx';
import { classesOf } from './groups.ts';
import styles from './player.module.css';
import type { RecordingList } from './recording-list.ts';

interface PlayerProps {
  readonly id: number;
  readonly list: RecordingList;
  readonly onShow: (id: number) => void;
  readonly onClose: () => void;
}

export function Player(props: PlayerProps) {
  const { api, announcer, session } = useApp();
  const { id, list, onShow, onClose } = props;
  const words = messages.eventsPage;
  const items = list.items.value;
  const index = items.findIndex((item) => item.id === id);
  const [fetched, setFetched] = useState<Recording | 'gone' | null>(null);
  const [deleting, setDeleting] = useState(false);
  const known = index < 0 ? fetched : items[index]!;

  // A link to one recording: it may lie pages away from what the list has.
  useEffect(() => {
    if (index >= 0) return;
    const stop = new AbortController();
    api.recording(id, stop.signal).then(setFetched, () => {
      if (!stop.signal.aborted) setFetched('gone');
    });
    return () => stop.abort();
  }, [api, id, index]);

  const newer = index > 0 ? items[index - 1] : undefined;
  const older = index >= 0 ? items[index + 1] : undefined;
  useKeys({
    ArrowLeft: () => newer !== undefined && onShow(newer.id),
    ArrowRight: () => older !== undefined && onShow(older.id),
  });

  if (known === null) return null;
  if (known === 'gone' || known === undefined)
    return (
      <Dialog title={words.gone} onClose={onClose}>
        <Button onClick={onClose}>{messages.close}</Button>
      </Dialog>
    );

  const at = Date.parse(known.timestamp);
  const when = `${dayTitle(at, Date.now())} ${clockTime(at)}`;
  return (
    <Dialog title={known.stream_name} size="player" onClose={onClose}>
      <Video recording={known} />
      <div class={styles.foot}>
        <div class={styles.facts}>
          <p>
            <time dateTime={known.timestamp} title={fullTime(at)}>
              <strong>{when}</strong>
            </time>{' '}
            <span class={styles.muted}>{duration(known.duration)}</span>
          </p>
          <ul class={styles.objects}>
            {classesOf(known.objects_detected).map((object) => (
              <li key={object.class}>
                <ClassIcon group={classGroup(object.class)} />
                {messages.classTitle([object.class])}
                <span class={styles.muted}>{words.confidence(Math.round(object.confidence * 100))}</span>
              </li>
            ))}
          </ul>
        </div>
        <div class={styles.actions}>
          <IconButton
            icon={ChevronLeft}
            label={words.previous}
            disabled={newer === undefined}
            onClick={() => newer !== undefined && onShow(newer.id)}
          />
          <IconButton
            icon={ChevronRight}
            label={words.next}
            disabled={older === undefined}
            onClick={() => older !== undefined && onShow(older.id)}
          />
          <a class={styles.action} href={known.file_url} download="" aria-label={words.download} title={words.download}>
            <Icon node={Download} />
          </a>
          {session.isAdmin ? <IconButton icon={Trash2} label={words.delete} onClick={() => setDeleting(true)} /> : null}
        </div>
      </div>
      {deleting ? (
        <ConfirmDelete
          recording={known}
          when={when}
          onClose={() => setDeleting(false)}
          onDeleted={() => {
            list.remove(known.id);
            announcer.say(words.deleted);
            onClose();
          }}
        />
      ) : null}
    </Dialog>
  );
}

function Video({ recording }: { readonly recording: Recording }) {
  const { session } = useApp();
  const words = messages.eventsPage;
  const [failedAt, setFailedAt] = useState<number | null>(null);
  const again = (): void => setFailedAt(null);
  const locked = session.session?.vault.kind === 'locked';
  const canUnlock = session.isAdmin && session.session?.vault.mode === 'passphrase';
  if (locked)
    return (
      <div class={styles.refused}>
        <p>{words.cannotPlayLocked}</p>
        {canUnlock ? <UnlockForm onDone={again} /> : null}
      </div>
    );
  if (failedAt !== null) return <WhyNotPlayed id={recording.id} at={failedAt} onAgain={again} />;
  return (
    <video
      class={styles.video}
      src={recording.file_url}
      aria-label={words.player(recording.stream_name)}
      controls={true}
      autoplay={true}
      muted={true}
      playsInline={true}
      preload="auto"
      onError={(event) => setFailedAt(event.currentTarget.currentTime)}
    />
  );
}

interface WhyNotPlayedProps {
  readonly id: number;
  /** Seconds that were played. */
  readonly at: number;
  readonly onAgain: () => void;
}

/** A browser says of a file that it can't play no more than that: the server knows whether it was changed. */
function WhyNotPlayed({ id, at, onAgain }: WhyNotPlayedProps) {
  const { api } = useApp();
  const words = messages.eventsPage;
  const [faults, setFaults] = useState<readonly string[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    api.verifyRecording(id, stop.signal).then(
      (found) => setFaults(found.faults),
      () => undefined,
    );
    return () => stop.abort();
  }, [api, id]);
  return (
    <div class={styles.refused} role="alert">
      <p>{faults.length === 0 ? words.cannotPlay : words.damaged(faults.join('; '))}</p>
      {faults.length > 0 && at > 0 ? <p>{words.playedUpTo(at.toFixed(1))}</p> : null}
      <Button onClick={onAgain}>{messages.tryNow}</Button>
    </div>
  );
}

interface ConfirmDeleteProps {
  readonly recording: Recording;
  readonly when: string;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

function ConfirmDelete({ recording, when, onClose, onDeleted }: ConfirmDeleteProps) {
  const { api } = useApp();
  const words = messages.eventsPage;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.deleteRecording(recording.id);
    } catch (failure) {
      // Somebody else was faster: it is gone, as was asked.
      if (!(failure instanceof ApiError && failure.status === 404)) {
        const detail = failure instanceof ApiError ? failure.detail : '';
        setError(detail === '' ? messages.somethingFailed : sentence(detail));
        setBusy(false);
        return;
      }
    }
    onDeleted();
  };
  return (
    <Dialog title={words.deleteTitle} onClose={onClose}>
      <p>{words.deleteText(recording.stream_name, when)}</p>
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <div class={styles.choices}>
        <Button onClick={onClose}>{messages.cancel}</Button>
        <Button kind="danger" busy={busy} onClick={() => void remove()}>
          {words.delete}
        </Button>
      </div>
    </Dialog>
  );
}
