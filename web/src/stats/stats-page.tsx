/** What was seen when and where, and how long the space will last. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Alerts, ObjectStats, TimeStats } from '../../../src/http/schemas/recordings.ts';
import type { Storage } from '../../../src/http/schemas/storage.ts';
import type { Api } from '../api/client.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { bytes } from '../messages/sizes.ts';
import { dayKey, dayTitle } from '../messages/times.ts';
import { Button } from '../ui/button.tsx';
import { classGroup } from '../ui/class-group.ts';
import { Select } from '../ui/field.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Bars } from './bars.tsx';
import { byWeekdayAndHour, weekdayNames } from './heat.ts';
import { HeatMap } from './heat-map.tsx';
import styles from './stats.module.css';

interface Figures {
  readonly objects: ObjectStats['stats'];
  readonly times: TimeStats['stats'];
  readonly events: Alerts;
  readonly storage: Storage | null;
}

const spans = [1, 7, 30, 90] as const;
/** As many events as one answer holds: the heat map of a busier span says that it shows the newest. */
const mostEvents = 1000;

export function StatsPage() {
  const { query, route } = useLocation();
  const { cameras } = useApp();
  const words = messages.statsPage;
  const days = spans.find((span) => String(span) === query['days']) ?? 7;
  const known = (cameras.list.value ?? []).map(({ camera }) => [camera.id, camera.name] as const);
  const camera = known.find(([id]) => id === query['camera'])?.[0] ?? null;
  const { figures, failed, reload } = useFigures(days, camera);
  useTitle(words.title);
  const go = (next: { days?: string; camera?: string }): void => {
    const search = new URLSearchParams();
    const wanted = { days: String(days), camera: camera ?? '', ...next };
    if (wanted.days !== '7') search.set('days', wanted.days);
    if (wanted.camera !== '') search.set('camera', wanted.camera);
    route(search.size === 0 ? '/stats' : `/stats?${search}`, true);
  };
  return (
    <main id="main" class={styles.page} tabIndex={-1}>
      <PageHead title={words.title} />
      <div class={styles.filters}>
        <Select
          label={words.span}
          value={String(days)}
          options={spans.map((span) => [String(span), words.lastDays(span)] as const)}
          onChange={(value) => go({ days: value })}
        />
        <Select
          label={messages.eventsPage.camera}
          value={camera ?? ''}
          options={[['', messages.eventsPage.everyCamera], ...known]}
          onChange={(value) => go({ camera: value })}
        />
      </div>
      {failed ? (
        <Notice title={messages.failed}>
          <Button onClick={reload}>{messages.tryNow}</Button>
        </Notice>
      ) : null}
      {figures === null ? null : <Charts figures={figures} camera={camera} names={new Map(known)} />}
    </main>
  );
}

function Charts(props: { figures: Figures; camera: string | null; names: ReadonlyMap<string, string> }) {
  const { figures, names } = props;
  const words = messages.statsPage;
  const { events, objects, times, storage } = figures;
  const counts = Object.entries(objects.object_counts).sort((a, b) => b[1] - a[1]);
  const perCamera = new Map<string, number>();
  for (const { stream_id } of events.alerts) perCamera.set(stream_id, (perCamera.get(stream_id) ?? 0) + 1);
  const seen = counts.reduce((sum, [, count]) => sum + count, 0);
  return (
    <div class={styles.sections}>
      {seen === 0 ? <Notice title={words.nothing} help={messages.eventsPage.noneHelp} /> : null}
      {seen === 0 ? null : (
        <>
          <Bars
            title={words.byClass}
            labelHead={words.classHead}
            valueHead={words.seenHead}
            bars={counts.slice(0, 8).map(([name, value]) => ({
              label: messages.classTitle([name]),
              value,
              color: classGroup(name),
            }))}
          />
          <Bars
            title={words.byHour}
            labelHead={words.hourHead}
            valueHead={words.seenHead}
            labelEvery={3}
            bars={times.hours.map(({ hour, detections }) => ({ label: String(hour), value: detections }))}
          />
          <Bars
            title={words.byWeekday}
            labelHead={words.dayHead}
            valueHead={words.seenHead}
            bars={weekdayNames(messages.language, 'short').map((label, index) => ({
              label,
              value: times.days[index]?.detections ?? 0,
            }))}
          />
          {props.camera === null && perCamera.size > 1 ? (
            <Bars
              title={words.byCamera}
              labelHead={messages.eventsPage.camera}
              valueHead={words.eventsHead}
              bars={[...perCamera].map(([id, value]) => ({ label: names.get(id) ?? id, value }))}
            />
          ) : null}
          <div class={styles.wide}>
            <HeatMap
              title={events.total > events.alerts.length ? words.heatCut(events.alerts.length) : words.heat}
              dayHead={words.dayHead}
              days={weekdayNames(messages.language, 'short')}
              counts={byWeekdayAndHour(events.alerts.map((alert) => Date.parse(alert.timestamp)))}
            />
          </div>
        </>
      )}
      {storage === null ? null : <Space storage={storage} names={names} />}
    </div>
  );
}

function Space({ storage, names }: { readonly storage: Storage; readonly names: ReadonlyMap<string, string> }) {
  const words = messages.statsPage;
  const room = Math.min(
    storage.max_bytes,
    storage.used_bytes + Math.max(0, storage.disk_free_bytes - storage.keep_free_bytes),
  );
  const share = room <= 0 ? 1 : Math.min(1, storage.used_bytes / room);
  const next = storage.next_deletions[0];
  return (
    <section class={styles.wide} aria-labelledby="space-title">
      <h2 class={styles.caption} id="space-title">
        {words.space}
      </h2>
      <p class={styles.lead}>{words.used(bytes(storage.used_bytes), bytes(room))}</p>
      <meter class={styles.meter} min={0} max={1} value={share} aria-labelledby="space-title" />
      <ul class={styles.facts}>
        <li>
          {storage.bytes_per_day === null ? words.noRate : words.perDay(bytes(storage.bytes_per_day))}{' '}
          {storage.full_at === null ? '' : words.fullAt(dayTitle(Date.parse(storage.full_at), Date.now()))}
        </li>
        {storage.reach_days === null ? null : <li>{words.reach(storage.reach_days)}</li>}
        {next === undefined ? null : (
          <li>
            {words.next(
              names.get(next.stream_id) ?? next.stream_id,
              dayTitle(Date.parse(next.expected_at), Date.now()),
            )}
          </li>
        )}
      </ul>
      <table class={styles.table}>
        <caption class="visually-hidden">{words.space}</caption>
        <thead>
          <tr>
            <th scope="col">{messages.eventsPage.camera}</th>
            <th scope="col">{words.recordingsHead}</th>
            <th scope="col">{words.usedHead}</th>
            <th scope="col">{words.perDayHead}</th>
          </tr>
        </thead>
        <tbody>
          {storage.cameras.map((one) => (
            <tr key={one.stream_id}>
              <th scope="row">{names.get(one.stream_id) ?? one.stream_id}</th>
              <td>{one.recordings}</td>
              <td>{bytes(one.used_bytes)}</td>
              <td>{one.bytes_per_day === null ? '–' : bytes(one.bytes_per_day)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function useFigures(
  days: number,
  camera: string | null,
): { figures: Figures | null; failed: boolean; reload: () => void } {
  const { api, session } = useApp();
  const [state, setState] = useState<{ key: string; figures: Figures | null; failed: boolean }>({
    key: '',
    figures: null,
    failed: false,
  });
  const [again, setAgain] = useState(0);
  const key = `${days} ${camera ?? ''} ${again}`;
  const { isAdmin } = session;
  useEffect(() => {
    const stop = new AbortController();
    loadFigures(api, days, camera, isAdmin, stop.signal).then(
      (figures) => setState({ key, figures, failed: false }),
      () => {
        if (!stop.signal.aborted) setState({ key, figures: null, failed: true });
      },
    );
    return () => stop.abort();
  }, [api, days, camera, isAdmin, key]);
  // What is there stays until the new figures are: a page that blinks is read badly.
  return { figures: state.figures, failed: state.key === key && state.failed, reload: () => setAgain(again + 1) };
}

async function loadFigures(
  api: Api,
  days: number,
  camera: string | null,
  isAdmin: boolean,
  signal: AbortSignal,
): Promise<Figures> {
  const from = dayKey(Date.now() - (days - 1) * 86_400_000);
  const which = camera === null ? '' : `&stream_id=${camera}`;
  const [objects, times, events, storage] = await Promise.all([
    api.get<ObjectStats>(`/api/stats/objects?start_date=${from}${which}`, signal),
    api.get<TimeStats>(`/api/stats/times?days=${days}${which}`, signal),
    api.get<Alerts>(`/api/alerts?limit=${mostEvents}&start_date=${from}`, signal),
    isAdmin ? api.get<Storage>('/api/storage', signal) : null,
  ]);
  const alerts = camera === null ? events.alerts : events.alerts.filter((one) => one.stream_id === camera);
  return { objects: objects.stats, times: times.stats, events: { ...events, alerts }, storage };
}
