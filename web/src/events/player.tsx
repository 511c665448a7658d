/** Plays one recording over the list, with its neighbours at hand. */
import { ChartNoAxesGantt, ChevronLeft, ChevronRight, Download, FileBadge, Star, Trash2 } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { whyNot } from '../api/failure-words.ts';
import type { Recording } from '../api/types.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { clockTime, dayKey, dayTitle, duration, fullTime } from '../messages/times.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { classGroup } from '../ui/class-group.ts';
import { ClassIcon } from '../ui/class-icon.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useKeys } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { UnlockForm } from '../vault/unlock-form.tsx';
import { Annotations } from './annotations.tsx';
import { classesOf } from './groups.ts';
import styles from './player.module.css';
import type { RecordingList } from './recording-list.ts';
import { WhyNotPlayed } from './why-not-played.tsx';

interface PlayerProps {
  readonly id: number;
  readonly list: RecordingList;
  readonly onShow: (id: number) => void;
  readonly onClose: () => void;
  readonly onDelete: (recording: Recording) => void;
}

export function Player(props: PlayerProps) {
  const { api, announcer, session } = useApp();
  const { id, list, onShow, onClose, onDelete } = props;
  const words = messages.eventsPage;
  const items = list.items.value;
  const index = items.findIndex((item) => item.id === id);
  const [fetched, setFetched] = useState<Recording | 'gone' | null>(null);
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

  const star = async (recording: Recording): Promise<void> => {
    try {
      const changed = await api.annotate(recording.id, { favorite: recording.held !== true });
      list.replace(changed);
      setFetched(changed);
      announcer.say(changed.held === true ? words.starred : words.unstarred);
    } catch (failure) {
      announcer.say(whyNot(failure));
    }
  };

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
          {session.isAdmin ? (
            <IconButton
              icon={Star}
              label={known.held === true ? words.unstar : words.star}
              aria-pressed={known.held === true ? 'true' : 'false'}
              onClick={() => void star(known)}
            />
          ) : null}
          <a class={styles.action} href={timelineUrl(known)} aria-label={words.inTimeline} title={words.inTimeline}>
            <Icon node={ChartNoAxesGantt} />
          </a>
          <a class={styles.action} href={known.file_url} download="" aria-label={words.download} title={words.download}>
            <Icon node={Download} />
          </a>
          <a
            class={styles.action}
            href={`/api/recordings/${known.id}/export`}
            download=""
            aria-label={words.export}
            title={words.export}
          >
            <Icon node={FileBadge} />
          </a>
          {session.isAdmin ? <IconButton icon={Trash2} label={words.delete} onClick={() => onDelete(known)} /> : null}
        </div>
      </div>
      {session.session?.user_type === 'publisher' ? null : (
        <Annotations
          recording={known}
          onChanged={(recording) => {
            list.replace(recording);
            setFetched(recording);
          }}
        />
      )}
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

function timelineUrl(recording: Recording): string {
  const at = Date.parse(recording.timestamp);
  return `/timeline?day=${dayKey(at)}&camera=${recording.stream_id}&at=${at}`;
}
