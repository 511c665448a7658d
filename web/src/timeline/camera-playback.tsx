/** One camera's recordings at the clock's moment: finds the clip, seeks in it, and keeps step while time runs. */
import { effect, signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import type { ClipFiles } from './clip-files.ts';
import { ClipPicture } from './clip-picture.tsx';
import type { CameraDay, Clip } from './day.ts';
import { clipAt } from './day.ts';
import type { PlayClock } from './play-clock.ts';
import styles from './timeline.module.css';

interface PlaybackProps {
  readonly camera: CameraDay;
  readonly clock: PlayClock;
  /** Finds the file of a clip; kept by the page, for cameras come and go. */
  readonly files: ClipFiles;
}

/** More than this beside the clock is put right by a seek; less is let be, for a seek shows. */
const driftSeconds = 0.35;

type Shown = 'nothing' | 'loading' | 'picture' | 'failed';

export function CameraPlayback({ camera, clock, files }: PlaybackProps) {
  const { session } = useApp();
  const video = useRef<HTMLVideoElement>(null);
  const shown = useMemo(() => signal<Shown>('nothing'), []);
  const latest = useRef(camera);
  latest.current = camera;
  const vault = session.session?.vault.kind;

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    const player = new Following(element, clock, files, (state) => {
      shown.value = state;
    });
    const stop = effect(() => {
      const at = clock.at.value;
      player.follow(clipAt(latest.current.clips, at), at, clock.playing.value, clock.rate.value);
    });
    return () => {
      stop();
      player.dispose();
    };
  }, [clock, files, shown, vault]);

  const state = shown.value;
  return (
    <div class={styles.picture} data-state={state}>
      <video ref={video} class={styles.video} muted={true} playsInline={true} preload="auto" aria-label={camera.name} />
      {state === 'loading' ? <Poster camera={camera} clock={clock} files={files} /> : null}
      {state === 'nothing' ? <WhyNothing camera={camera} clock={clock} /> : null}
      {state === 'failed' ? <p class={styles.none}>{messages.eventsPage.cannotPlay}</p> : null}
      <span class={styles.pictureName}>{camera.name}</span>
    </div>
  );
}

/** Until the clip's own picture is there: what was seen in it. */
function Poster({ camera, clock, files }: PlaybackProps) {
  const clip = clipAt(camera.clips, clock.at.value);
  return clip === undefined ? null : <ClipPicture clip={clip.id} files={files} class={styles.video} />;
}

function WhyNothing({ camera, clock }: Pick<PlaybackProps, 'camera' | 'clock'>) {
  const at = clock.at.value;
  const isCovered = camera.coverage.some(({ from, to }) => from <= at && at <= to);
  const words = messages.timelinePage;
  return <p class={styles.none}>{isCovered ? words.stillRecording : words.nothingRecorded}</p>;
}

class Following {
  readonly #video: HTMLVideoElement;
  readonly #clock: PlayClock;
  readonly #files: ClipFiles;
  readonly #show: (state: Shown) => void;
  readonly #stop = new AbortController();
  #clip: Clip | undefined;
  #isReady = false;
  #target = 0;

  constructor(video: HTMLVideoElement, clock: PlayClock, files: ClipFiles, show: (state: Shown) => void) {
    this.#video = video;
    this.#clock = clock;
    this.#files = files;
    this.#show = show;
    const { signal: over } = this.#stop;
    const ready = (): void => {
      this.#isReady = true;
      clock.hold(this, false);
      show('picture');
    };
    video.addEventListener('loadeddata', ready, { signal: over });
    video.addEventListener(
      'seeked',
      () => {
        clock.hold(this, false);
        // Where the wish has moved on while we sought, the last one counts.
        if (!clock.playing.value && Math.abs(video.currentTime - this.#target) > 0.05) video.currentTime = this.#target;
      },
      { signal: over },
    );
    video.addEventListener('waiting', () => clock.hold(this, true), { signal: over });
    video.addEventListener('playing', () => clock.hold(this, false), { signal: over });
    video.addEventListener(
      'error',
      () => {
        clock.hold(this, false);
        if (video.getAttribute('src') !== null) show('failed');
      },
      { signal: over },
    );
  }

  follow(clip: Clip | undefined, at: number, playing: boolean, rate: number): void {
    const video = this.#video;
    if (clip?.id !== this.#clip?.id) this.#open(clip);
    if (clip === undefined) return;
    this.#target = Math.max(0, (at - clip.from) / 1000);
    if (!this.#isReady) return;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    const off = Math.abs(video.currentTime - this.#target);
    const atEnd = this.#target >= video.duration - 0.05;
    if (playing && video.paused && !atEnd) video.play().catch(() => undefined);
    if (!playing && !video.paused) video.pause();
    if (!video.seeking && off > (playing ? driftSeconds * Math.max(1, rate) : 0.02) && !atEnd)
      video.currentTime = this.#target;
  }

  dispose(): void {
    this.#stop.abort();
    this.#clock.hold(this, false);
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  #open(clip: Clip | undefined): void {
    this.#clip = clip;
    this.#isReady = false;
    const video = this.#video;
    video.pause();
    if (clip === undefined) {
      video.removeAttribute('src');
      video.load();
      this.#clock.hold(this, false);
      this.#show('nothing');
      return;
    }
    this.#show('loading');
    this.#clock.hold(this, true);
    void this.#files.of(clip.id).then((found) => {
      const url = found?.video ?? null;
      if (this.#clip !== clip || this.#stop.signal.aborted) return;
      if (url === null) {
        this.#clock.hold(this, false);
        this.#show('failed');
        return;
      }
      // A media fragment lets the browser ask for that part of the file at once.
      video.src = `${url}#t=${this.#target.toFixed(3)}`;
    });
  }
}
