/** One recording in the grid: its picture, when, what and where. */
import { Star } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Recording } from '../api/types.ts';
import { messages } from '../messages/messages.ts';
import { duration, fullTime, minuteTime } from '../messages/times.ts';
import { classGroup } from '../ui/class-group.ts';
import { ClassIcon } from '../ui/class-icon.tsx';
import { Icon } from '../ui/icon.tsx';
import { classesOf, leadingGroup } from './groups.ts';
import styles from './thumbnail.module.css';

const restMs = 350;

interface ThumbnailProps {
  readonly recording: Recording;
  readonly href: string;
  /** The vault is locked: pictures can't be had, so none is asked for. */
  readonly locked: boolean;
}

export function Thumbnail(props: ThumbnailProps) {
  const { recording, locked } = props;
  const [failed, setFailed] = useState(false);
  const at = Date.parse(recording.timestamp);
  const classes = classesOf(recording.objects_detected);
  const what = describe(recording);
  const [previewing, hover] = usePreview();
  return (
    <li>
      <a class={styles.card} href={props.href} {...hover}>
        <span class={styles.picture}>
          {recording.thumbnail_url === null || failed || locked ? (
            <span class={styles.none}>
              <ClassIcon group={leadingGroup(recording.objects_detected)} size={28} />
            </span>
          ) : (
            <img src={recording.thumbnail_url} alt="" loading="lazy" decoding="async" onError={() => setFailed(true)} />
          )}
          {previewing && !locked ? (
            <video
              class={styles.preview}
              src={recording.file_url}
              muted={true}
              autoplay={true}
              loop={true}
              playsInline={true}
            />
          ) : null}
          {recording.held === true ? (
            <span class={styles.star}>
              <Icon node={Star} size={14} label={messages.eventsPage.starred} />
            </span>
          ) : null}
          <span class={styles.duration}>{duration(recording.duration)}</span>
        </span>
        <span class={styles.line}>
          <time class={styles.time} dateTime={recording.timestamp} title={fullTime(at)}>
            {minuteTime(at)}
          </time>
          <span class={styles.classes}>
            {classes.length === 0 ? <ClassIcon group="none" /> : null}
            {classes.slice(0, 3).map((object) => (
              <ClassIcon key={object.class} group={classGroup(object.class)} />
            ))}
          </span>
          <span class={styles.what}>{what}</span>
        </span>
        <span class={styles.camera}>{recording.stream_name}</span>
      </a>
    </li>
  );
}

/** True while a mouse rests on it: passing over thumbnails must not start a player for each. */
function usePreview(): [boolean, { onPointerEnter: (event: PointerEvent) => void; onPointerLeave: () => void }] {
  const [on, setOn] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    on,
    {
      onPointerEnter: (event) => {
        if (event.pointerType === 'mouse') timer.current = setTimeout(() => setOn(true), restMs);
      },
      onPointerLeave: () => {
        clearTimeout(timer.current);
        setOn(false);
      },
    },
  ];
}

/** `Person and dog`; `Motion` when nothing was recognised. */
export function describe(recording: Recording): string {
  const classes = classesOf(recording.objects_detected);
  if (classes.length === 0) return messages.eventsPage.nothingSeen;
  return messages.classTitle(classes.map((object) => object.class));
}
