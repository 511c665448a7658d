/** One camera on the wall: picture, boxes over it, name and state on its lower edge. */
import type { ReadonlySignal } from '@preact/signals';
import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import type { CameraEntry } from '../cameras/camera-store.ts';
import type { StateWords } from '../cameras/state-words.ts';
import { isPrivate, stateWords } from '../cameras/state-words.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { clockTime, fullTime } from '../messages/times.ts';
import type { LiveClient, Picture } from '../player/live-client.ts';
import { SoundButton } from '../player/sound-button.tsx';
import { useLiveView } from '../player/use-live-view.ts';
import { useKeys } from '../ui/hooks.ts';
import { StateMark } from '../ui/state-mark.tsx';
import { CameraControls } from './camera-controls.tsx';
import styles from './tile.module.css';
import { useZoom } from './use-zoom.ts';
import { transformOf } from './zoom.ts';

interface TileProps {
  readonly entry: CameraEntry;
  readonly client: LiveClient;
  readonly enlarged: boolean;
  /** Another tile has the stage. */
  readonly hidden: boolean;
  /** One of several: the small stream is enough. */
  readonly small: boolean;
  /** Width of the tile to its height. */
  readonly aspect: number;
  /** Left out where there is nothing to press. */
  readonly onOpen: (() => void) | undefined;
  readonly arranging?: Arranging | undefined;
}

/** What a tile that can be moved tells. */
interface Arranging {
  /** Another tile is being dragged and may be dropped here. */
  readonly isOver: boolean;
  readonly onStart: () => void;
  readonly onEnd: () => void;
  readonly onDrop: () => void;
  readonly onShift: (direction: 'row' | 'column') => void;
  readonly onShiftBack: (direction: 'row' | 'column') => void;
}

/** Tiles are whole pixels: a picture that is out by less than this would get a hairline of ink along one side. */
const stretchedUpTo = 0.01;

export function Tile({ entry, client, enlarged, hidden, small, aspect, onOpen, arranging }: TileProps) {
  const tile = useRef<HTMLLIElement>(null);
  const { zoom, by, reset } = useZoom(tile, enlarged && onOpen !== undefined);
  useKeys(enlarged && onOpen !== undefined ? { '+': () => by(1.5), '-': () => by(1 / 1.5), '0': reset } : {});
  const transform = transformOf(zoom);
  const { api, session, tick } = useApp();
  const { camera } = entry;
  const { picture, overlay, view } = useLiveView(client, camera.id, small && camera.substream ? 'sub' : 'main');
  const words = useComputed(() => {
    const shown = view.value?.picture.value ?? null;
    return stateWords({
      state: entry.state.value,
      connected: client.connection.value.kind === 'open',
      now: tick.value + api.clockOffsetMs,
      drawnAt: shown === null ? null : shown.drawnAt + api.clockOffsetMs,
      unsupported: (view.value?.unsupported.value ?? null) !== null,
    });
  });
  const isOld = useComputed(() => words.value.isOld);
  const hasPicture = useComputed(() => (view.value?.picture.value ?? null) !== null && !isPrivate(entry.state.value));
  const fills = useComputed(() => {
    const shown = view.value?.picture.value ?? null;
    return shown !== null && Math.abs(shown.width / shown.height / aspect - 1) < stretchedUpTo;
  });
  const label = useComputed(() => {
    const seen = words.value.isOld ? '' : messages.seen(view.value?.seen.value ?? []);
    return messages.wallPage.label(camera.name, words.value.text, seen);
  });
  return (
    <li
      ref={tile}
      class={styles.tile}
      draggable={arranging !== undefined}
      onDragStart={(event) => {
        event.dataTransfer?.setData('text/plain', camera.id);
        arranging?.onStart();
      }}
      onDragEnd={() => arranging?.onEnd()}
      onDragOver={(event) => {
        if (arranging?.isOver === true) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        arranging?.onDrop();
      }}
      data-zoomed={zoom.scale > 1 ? 'true' : undefined}
      hidden={hidden}
      data-camera={camera.id}
      data-old={isOld.value ? 'true' : undefined}
      data-fills={fills.value && !enlarged ? 'true' : undefined}
      data-enlarged={enlarged ? 'true' : undefined}
    >
      <canvas ref={picture} class={styles.picture} style={{ transform }} role="img" aria-label={label} />
      <canvas ref={overlay} class={styles.overlay} style={{ transform }} />
      {hasPicture.value ? null : <NoPicture entry={entry} words={words.value} />}
      <div class={styles.top}>
        {camera.kind === 'demo' ? <span class={styles.chip}>{messages.state.demo}</span> : null}
        {isOld.value && view.value !== null && hasPicture.value ? <LastPicture picture={view.value.picture} /> : null}
      </div>
      <Caption
        entry={entry}
        words={hasPicture.value ? words : null}
        picture={enlarged ? view.value?.picture : undefined}
      />
      {enlarged || onOpen === undefined ? null : (
        <button
          type="button"
          class={styles.open}
          onClick={onOpen}
          onKeyDown={(event) => {
            if (!event.shiftKey || arranging === undefined) return;
            const moves: Readonly<Record<string, () => void>> = {
              ArrowLeft: () => arranging.onShiftBack('row'),
              ArrowRight: () => arranging.onShift('row'),
              ArrowUp: () => arranging.onShiftBack('column'),
              ArrowDown: () => arranging.onShift('column'),
            };
            const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
            if (move === undefined) return;
            event.preventDefault();
            move();
          }}
          aria-label={messages.wallPage.open(camera.name)}
        />
      )}
      {onOpen === undefined ? null : (
        <div class={styles.corner} data-theme="dark">
          {session.isAdmin && words.value.isOffline !== true ? <CameraControls entry={entry} /> : null}
          {view.value === null ? null : <SoundButton view={view.value} camera={camera.name} />}
        </div>
      )}
    </li>
  );
}

interface CaptionProps {
  readonly entry: CameraEntry;
  /** null while they stand in the place of the picture. */
  readonly words: ReadonlySignal<StateWords> | null;
  /** Shown as its time where the name stands above already. */
  readonly picture: ReadonlySignal<Picture | null> | undefined;
}

function Caption(props: CaptionProps) {
  const { camera, state } = props.entry;
  const shown = props.picture?.value ?? null;
  return (
    <div class={styles.caption} data-theme="dark">
      <strong class={styles.name}>{camera.name}</strong>
      {shown === null ? null : <PictureTime at={shown.at} />}
      <span class={styles.right}>
        {state.value.recording && state.value.kind === 'live' && props.words?.value.isOffline !== true ? (
          <span class={styles.recording} title={messages.state.recording}>
            <span class={styles.recordingDot} />
            <span class={styles.recordingWord}>{messages.state.recording}</span>
          </span>
        ) : null}
        {props.words === null ? null : <StateMark words={props.words.value} />}
      </span>
    </div>
  );
}

/** Before the first picture: words where the picture will be. */
function NoPicture(props: { readonly entry: CameraEntry; readonly words: StateWords }) {
  const { detail } = props.entry.state.value;
  return (
    <div class={styles.empty} data-theme="dark">
      <p class={styles.emptyText}>
        <StateMark words={props.words} />
      </p>
      {detail === null || props.words.isOffline === true || isPrivate(props.entry.state.value) ? null : (
        <p class={styles.emptyDetail}>{sentence(detail)}</p>
      )}
    </div>
  );
}

function LastPicture(props: { readonly picture: ReadonlySignal<Picture | null> }) {
  const shown = props.picture.value;
  if (shown === null) return null;
  return (
    <span class={styles.chip}>
      {messages.wallPage.lastPicture} <PictureTime at={shown.at} />
    </span>
  );
}

function PictureTime({ at }: { readonly at: number }) {
  return (
    <time class={styles.time} dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {clockTime(at)}
    </time>
  );
}
