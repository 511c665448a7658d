/**
 * One day: pictures above, the day below, what happened beside it. Day, moment and camera stand in the URL
 * (`/timeline?day=2026-11-24&camera=yard&at=UTC-ms`), so a moment can be sent to somebody.
 */
import type { IconNode } from 'lucide';
import {
  ChevronLeft,
  ChevronRight,
  LayoutGrid,
  Pause,
  Play,
  SkipBack,
  SkipForward,
  Square,
  ZoomIn,
  ZoomOut,
} from 'lucide';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Timeline } from '../../../src/http/schemas/timeline.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { clockTime, dayKey } from '../messages/times.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { classGroup } from '../ui/class-group.ts';
import { ClassIcon } from '../ui/class-icon.tsx';
import { Select } from '../ui/field.tsx';
import { useKeys, useTitle } from '../ui/hooks.ts';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { LockedStrip } from '../vault/locked-strip.tsx';
import { CameraPlayback } from './camera-playback.tsx';
import { ClipFiles } from './clip-files.ts';
import type { CameraDay, Day, Visit } from './day.ts';
import { clipAt, neighbour, nextPlayable, readDay } from './day.ts';
import type { Rate } from './play-clock.ts';
import { PlayClock, rates } from './play-clock.ts';
import styles from './timeline.module.css';
import { Track } from './track.tsx';
import type { View } from './view.ts';
import { showing, zoomed } from './view.ts';

const oneDay = /^\d{4}-\d{2}-\d{2}$/;
/** Pictures side by side; each is a decoder of the browser's. */
const maxTogether = 4;
const maxListed = 150;
/** A visit is shown from a little before it begins. */
const leadMs = 1000;

export function TimelinePage() {
  const { query, route } = useLocation();
  const words = messages.timelinePage;
  const asked = query['day'];
  const today = dayKey(Date.now());
  const day = asked !== undefined && oneDay.test(asked) ? asked : today;
  const { loaded, failed, reload } = useDay(day, day === today);
  const at = Number(query['at']);
  useTitle(words.title);
  const go = (next: string): void => route(next === today ? '/timeline' : `/timeline?day=${next}`, true);
  return (
    <main id="main" class={styles.page} tabIndex={-1}>
      <PageHead title={words.title}>
        <IconButton icon={ChevronLeft} label={words.dayBefore} onClick={() => go(shiftDay(day, -1))} />
        <label class={styles.date}>
          <span class="visually-hidden">{words.day}</span>
          <input
            type="date"
            value={day}
            max={today}
            onChange={(event) => {
              if (oneDay.test(event.currentTarget.value)) go(event.currentTarget.value);
            }}
          />
        </label>
        <IconButton
          icon={ChevronRight}
          label={words.dayAfter}
          disabled={day >= today}
          onClick={() => go(shiftDay(day, 1))}
        />
      </PageHead>
      <LockedStrip />
      {failed ? (
        <Notice title={messages.failed}>
          <Button onClick={reload}>{messages.tryNow}</Button>
        </Notice>
      ) : null}
      {loaded !== null && loaded.cameras.length === 0 ? <Notice title={words.noCameras} /> : null}
      {loaded !== null && loaded.cameras.length > 0 ? (
        <DayView
          key={day}
          day={loaded}
          startAt={Number.isFinite(at) && at > 0 ? at : null}
          camera={query['camera'] ?? null}
          onMoment={(moment, camera) => {
            const search = new URLSearchParams({
              ...(day === today ? {} : { day }),
              camera,
              at: String(Math.round(moment)),
            });
            history.replaceState(history.state, '', `/timeline?${search}`);
          }}
        />
      ) : null}
    </main>
  );
}

interface DayViewProps {
  readonly day: Day;
  readonly startAt: number | null;
  readonly camera: string | null;
  /** Where it came to rest. */
  readonly onMoment: (at: number, camera: string) => void;
}

function DayView({ day, startAt, camera, onMoment }: DayViewProps) {
  const { api } = useApp();
  const words = messages.timelinePage;
  const clock = useMemo(() => new PlayClock(), []);
  const files = useMemo(() => new ClipFiles(api), [api]);
  const [view, setView] = useState<View>(() => firstView(day, Date.now()));
  const [chosen, setChosen] = useState(camera);
  const [together, setTogether] = useState(false);
  const selected = day.cameras.find((one) => one.id === chosen) ?? busiest(day);
  const shown = together ? day.cameras.slice(0, maxTogether) : [selected];
  clock.follow((at) => nextPlayable(shown, at));

  const first = useRef(true);
  useEffect(() => {
    if (!first.current) return;
    first.current = false;
    // The newest that can be played: what is still being recorded can't.
    const last = selected.visits.findLast((visit) => clipAt(selected.clips, visit.from) !== undefined);
    const at = startAt ?? (last === undefined ? (selected.clips.at(-1)?.from ?? day.from) : last.from - leadMs);
    clock.seek(at);
    if (startAt !== null) setView((before) => zoomed(before, 1 / 12, at, day));
  }, [clock, day, selected, startAt]);
  useEffect(() => () => clock.dispose(), [clock]);

  const at = clock.at.value;
  const playing = clock.playing.value;
  // While time runs the day moves along; a hand on it is left alone.
  useEffect(() => {
    if (playing) setView((before) => showing(before, at, day));
  }, [playing, at, day]);
  useEffect(() => {
    if (playing || at === 0) return;
    const rest = setTimeout(() => onMoment(at, selected.id), 400);
    return () => clearTimeout(rest);
  }, [playing, at, selected.id, onMoment]);

  const seek = (to: number, id: string | null): void => {
    if (id !== null) setChosen(id);
    clock.seek(to);
  };
  const jump = (direction: -1 | 1): void => {
    const visit = neighbour(together ? day.cameras : [selected], at + (direction === 1 ? leadMs : 0), direction);
    if (visit === undefined) return;
    seek(visit.from - leadMs, visit.camera);
    setView((before) => showing(before, visit.from, day));
  };
  const zoom = (factor: number): void => setView((before) => zoomed(before, factor, at, day));
  const step = (byMs: number): void => {
    clock.pause();
    clock.seek(at + byMs);
  };
  useKeys({
    ' ': () => clock.toggle(),
    k: () => clock.toggle(),
    j: () => step(-10_000),
    l: () => step(10_000),
    ',': () => step(-66),
    '.': () => step(66),
    '+': () => zoom(0.5),
    '-': () => zoom(2),
    '<': () => clock.shift(-1),
    '>': () => clock.shift(1),
    ArrowLeft: () => jump(-1),
    ArrowRight: () => jump(1),
  });

  return (
    <div class={styles.day}>
      <div class={styles.stage}>
        <div class={styles.pictures} data-count={shown.length}>
          {shown.map((one) => (
            <CameraPlayback key={one.id} camera={one} clock={clock} files={files} />
          ))}
        </div>
        <div class={styles.controls}>
          <IconButton icon={SkipBack} label={words.previousEvent} onClick={() => jump(-1)} />
          <IconButton
            icon={playing ? Pause : Play}
            label={playing ? words.pause : words.play}
            onClick={() => clock.toggle()}
          />
          <IconButton icon={SkipForward} label={words.nextEvent} onClick={() => jump(1)} />
          <time class={styles.moment}>{at === 0 ? '' : clockTime(at)}</time>
          <Select
            label={words.speed}
            value={String(clock.rate.value)}
            options={rates.map((rate) => [String(rate), words.times(rate)] as const)}
            onChange={(value) => clock.setRate(Number(value) as Rate)}
          />
          <span class={styles.right}>
            {day.cameras.length > 1 ? (
              <Toggle
                icon={together ? Square : LayoutGrid}
                label={together ? words.one : words.together}
                on={together}
                onClick={() => setTogether(!together)}
              />
            ) : null}
            <IconButton icon={ZoomOut} label={words.zoomOut} onClick={() => zoom(2)} />
            <IconButton icon={ZoomIn} label={words.zoomIn} onClick={() => zoom(0.5)} />
          </span>
        </div>
      </div>
      <Track
        day={day}
        clock={clock}
        files={files}
        view={view}
        onView={setView}
        onSeek={seek}
        onJump={jump}
        selected={selected.id}
      />
      <Visits day={day} view={view} at={at} onOpen={(visit) => seek(visit.from - leadMs, visit.camera)} />
    </div>
  );
}

function Toggle(props: { icon: IconNode; label: string; on: boolean; onClick: () => void }) {
  return (
    <IconButton
      icon={props.icon}
      label={props.label}
      aria-pressed={props.on ? 'true' : 'false'}
      onClick={props.onClick}
    />
  );
}

interface VisitsProps {
  readonly day: Day;
  readonly view: View;
  readonly at: number;
  readonly onOpen: (visit: Visit) => void;
}

/** The same as the marks above, for eyes and ears that a drawing says nothing to. */
function Visits({ day, view, at, onOpen }: VisitsProps) {
  const words = messages.timelinePage;
  const names = new Map(day.cameras.map((camera) => [camera.id, camera.name]));
  const visits = day.cameras
    .flatMap((camera) => camera.visits)
    .filter((visit) => visit.to >= view.from && visit.from <= view.to)
    .sort((a, b) => a.from - b.from);
  return (
    <section class={styles.visits} aria-labelledby="visits-title">
      <h2 id="visits-title">{words.listTitle(visits.length)}</h2>
      {visits.length > maxListed ? <p class={styles.muted}>{words.listCut(maxListed)}</p> : null}
      {day.truncated ? <p class={styles.muted}>{words.truncated}</p> : null}
      <ol class={styles.list}>
        {visits.slice(-maxListed).map((visit) => (
          <li key={visit.id}>
            <button
              type="button"
              class={styles.visit}
              aria-current={visit.from - leadMs <= at && at <= visit.to ? 'true' : undefined}
              onClick={() => onOpen(visit)}
            >
              <time dateTime={new Date(visit.from).toISOString()}>{clockTime(visit.from)}</time>
              <span class={styles.icons}>
                {visit.classes.slice(0, 3).map((name) => (
                  <ClassIcon key={name} group={classGroup(name)} />
                ))}
              </span>
              <span class={styles.what}>{messages.seen(visit.counts)}</span>
              <span class={styles.where}>{names.get(visit.camera)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A past day whole; of today what there is so far, with now at the right third. */
function firstView(day: Day, now: number): View {
  if (now >= day.to || now <= day.from) return { from: day.from, to: day.to };
  const begins = Math.min(now, ...day.cameras.map((camera) => camera.coverage[0]?.from ?? now));
  const span = Math.max((now - begins) * 1.05, 20 * 60_000) * 1.5;
  const from = Math.max(day.from, now - (span * 2) / 3);
  return { from, to: Math.min(day.to, Math.max(from + span, now)) };
}

function busiest(day: Day): CameraDay {
  return day.cameras.reduce((best, one) => (one.clips.length > best.clips.length ? one : best), day.cameras[0]!);
}

/** Loads a day; today's again when something was recorded. */
function useDay(day: string, isToday: boolean): { loaded: Day | null; failed: boolean; reload: () => void } {
  const { api, recordingsChanged } = useApp();
  const [state, setState] = useState<{ key: string; day: Day | null; failed: boolean }>({
    key: '',
    day: null,
    failed: false,
  });
  const [again, setAgain] = useState(0);
  const changed = isToday ? recordingsChanged.value : 0;
  useEffect(() => {
    const stop = new AbortController();
    api.get<Timeline>(`/api/timeline?day=${day}`, stop.signal).then(
      (answer) => setState({ key: day, day: readDay(answer, Date.now() + api.clockOffsetMs), failed: false }),
      () => {
        if (!stop.signal.aborted) setState((before) => ({ ...before, key: day, failed: true }));
      },
    );
    return () => stop.abort();
  }, [api, day, again, changed]);
  const isOf = state.key === day;
  return { loaded: isOf ? state.day : null, failed: isOf && state.failed, reload: () => setAgain(again + 1) };
}

function shiftDay(day: string, by: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return dayKey(new Date(year, month - 1, date + by, 12).getTime());
}
