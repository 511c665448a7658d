/** What was recorded: thumbnails by day, filters in the URL, and the player over them (`?recording=ID`). */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { ObjectStats } from '../../../src/http/schemas/recordings.ts';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { dayKey } from '../messages/times.ts';
import { Button } from '../ui/button.tsx';
import { Select } from '../ui/field.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { LockedStrip } from '../vault/locked-strip.tsx';
import { Deletion } from './deletion.ts';
import styles from './events-page.module.css';
import type { EventFilters } from './filters.ts';
import { confidences, eventsUrl, isFiltered, readFilters, readOpen, zoneNames } from './filters.ts';
import { groupByDay } from './groups.ts';
import { Player } from './player.tsx';
import { RecordingList } from './recording-list.ts';
import { Thumbnail } from './thumbnail.tsx';

export function EventsPage() {
  const { api, recordingsChanged, session } = useApp();
  const { query, route } = useLocation();
  const filters = readFilters(query);
  const { camera, seen, day, sure, zone } = filters;
  const list = useMemo(
    () => new RecordingList(api, { camera, seen, day, sure, zone }),
    [api, camera, seen, day, sure, zone],
  );
  const deletion = useMemo(() => new Deletion(api, list), [api, list]);
  const words = messages.eventsPage;
  const total = list.total.value;
  const vault = session.session?.vault.kind;
  const open = readOpen(query);
  useTitle(words.title);
  useEffect(() => {
    void list.loadMore();
    return () => {
      void deletion.commit();
      list.dispose();
    };
  }, [list, deletion]);
  // The vault's state too: thumbnails that could not be read now can.
  const changed = recordingsChanged.value;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) void list.refresh();
    first.current = false;
  }, [changed, list]);

  return (
    <main id="main" class={styles.page} tabIndex={-1}>
      <PageHead
        title={words.title}
        note={
          total === null || total === 0
            ? undefined
            : list.totalIsExact.value
              ? words.total(total)
              : words.moreThan(total)
        }
      />
      <Filters filters={filters} onChange={(next) => route(eventsUrl(next), true)} />
      <LockedStrip />
      <Undo deletion={deletion} />
      {isFiltered(filters) ? null : <Glance />}
      <Groups key={vault} list={list} filters={filters} locked={vault === 'locked'} />
      {open === null ? null : (
        <Player
          key={open}
          id={open}
          list={list}
          onShow={(id) => route(eventsUrl(filters, id), true)}
          onClose={() => route(eventsUrl(filters), true)}
          onDelete={(recording) => {
            deletion.start(recording);
            route(eventsUrl(filters), true);
          }}
        />
      )}
    </main>
  );
}

function Filters(props: { readonly filters: EventFilters; readonly onChange: (filters: EventFilters) => void }) {
  const { cameras } = useApp();
  const words = messages.eventsPage;
  const { filters, onChange } = props;
  const zones = useZones(filters.zone);
  const known = (cameras.list.value ?? []).map((entry) => [entry.camera.id, entry.camera.name] as const);
  return (
    <div class={styles.filters}>
      <Select
        label={words.kind}
        value={filters.seen ?? ''}
        options={[['', words.everyKind], ...Object.entries(words.kinds)]}
        onChange={(value) => onChange({ ...filters, seen: value === '' ? null : value })}
      />
      <Select
        label={words.camera}
        value={filters.camera ?? ''}
        options={[['', words.everyCamera], ...known]}
        onChange={(value) => onChange({ ...filters, camera: value === '' ? null : value })}
      />
      <Select
        label={words.confidenceLabel}
        value={filters.sure === null ? '' : String(filters.sure)}
        options={[['', words.anyConfidence], ...confidences.map((one) => [String(one), words.atLeast(one)] as const)]}
        onChange={(value) => onChange({ ...filters, sure: value === '' ? null : Number(value) })}
      />
      {zones.length === 0 ? null : (
        <Select
          label={words.zone}
          value={filters.zone ?? ''}
          options={[['', words.everyZone], ...zones.map((name) => [name, name] as const)]}
          onChange={(value) => onChange({ ...filters, zone: value === '' ? null : value })}
        />
      )}
      <label class={styles.date}>
        <span class="visually-hidden">{messages.timelinePage.day}</span>
        <input
          type="date"
          value={filters.day ?? ''}
          max={dayKey(Date.now())}
          onChange={(event) => onChange({ ...filters, day: event.currentTarget.value || null })}
        />
      </label>
    </div>
  );
}

/** Names of the zones that are drawn: those who may look at the configuration get them, others what the link says. */
function useZones(chosen: string | null): readonly string[] {
  const { api, session } = useApp();
  const [drawn, setDrawn] = useState<readonly string[]>([]);
  const { isAdmin } = session;
  useEffect(() => {
    if (!isAdmin) return;
    const stop = new AbortController();
    api.get<Settings>('/api/config', stop.signal).then(
      ({ cameras }) => setDrawn(cameras.flatMap(({ entry }) => zoneNames(entry['zones']))),
      () => undefined,
    );
    return () => stop.abort();
  }, [api, isAdmin]);
  return [...new Set([...drawn, ...(chosen === null ? [] : [chosen])])].sort((a, b) => a.localeCompare(b));
}

/** For ten seconds the last deletion can be taken back; after that the page says what became of it. */
function Undo({ deletion }: { readonly deletion: Deletion }) {
  const words = messages.eventsPage;
  const pending = deletion.pending.value;
  const refused = deletion.refused.value;
  if (pending === null && refused === null) return null;
  return (
    <div class={styles.strip} role="status">
      {pending === null ? (
        <Notice strip={true} title={words.notDeleted} help={sentence(refused?.detail ?? '')} />
      ) : (
        <Notice strip={true} title={words.deleted}>
          <Button onClick={() => deletion.undo()}>{words.undo}</Button>
        </Notice>
      )}
    </div>
  );
}

/** What happened today, in one line. */
function Glance() {
  const { api, recordingsChanged } = useApp();
  const changed = recordingsChanged.value;
  const [counts, setCounts] = useState<readonly (readonly [string, number])[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const today = dayKey(Date.now());
    api.get<ObjectStats>(`/api/stats/objects?start_date=${today}`, stop.signal).then(
      ({ stats }) => setCounts(Object.entries(stats.object_counts).sort((a, b) => b[1] - a[1])),
      () => undefined,
    );
    return () => stop.abort();
  }, [api, changed]);
  if (counts.length === 0) return null;
  return (
    <p class={styles.glance}>
      {messages.eventsPage.glance(messages.seen(counts.slice(0, 5)))} <a href="/stats?days=1">{messages.stats}</a>
    </p>
  );
}

interface GroupsProps {
  readonly list: RecordingList;
  readonly filters: EventFilters;
  readonly locked: boolean;
}

function Groups({ list, filters, locked }: GroupsProps) {
  const words = messages.eventsPage;
  const items = list.items.value;
  const status = list.status.value;
  if (items.length === 0) return <NoRecordings list={list} filters={filters} />;
  return (
    <div class={styles.groups}>
      {groupByDay(items, Date.now()).map((group) => (
        <section key={group.key} aria-labelledby={`day-${group.key}`}>
          <h2 class={styles.day} id={`day-${group.key}`}>
            {group.title}
          </h2>
          <ul class={styles.grid}>
            {group.recordings.map((recording) => (
              <Thumbnail
                key={recording.id}
                recording={recording}
                href={eventsUrl(filters, recording.id)}
                locked={locked}
              />
            ))}
          </ul>
        </section>
      ))}
      {status === 'failed' ? (
        <Notice title={words.loadFailed}>
          <Button onClick={() => void list.loadMore()}>{messages.tryNow}</Button>
        </Notice>
      ) : null}
      {status !== 'failed' && list.hasMore ? <More list={list} /> : null}
    </div>
  );
}

/** Loads the next page when it comes near; a button as well, for who doesn't scroll. */
function More({ list }: { readonly list: RecordingList }) {
  const ref = useRef<HTMLDivElement>(null);
  const { length } = list.items.value;
  // Again after each page: one that doesn't fill the screen leaves this in sight, and nothing would tell.
  useEffect(() => {
    const element = ref.current;
    if (element === null || length === 0) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.at(-1)?.isIntersecting === true) void list.loadMore();
      },
      { rootMargin: '600px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [list, length]);
  return (
    <div ref={ref}>
      <Button busy={list.status.value === 'loading'} onClick={() => void list.loadMore()}>
        {messages.eventsPage.loadMore}
      </Button>
    </div>
  );
}

function NoRecordings(props: { readonly list: RecordingList; readonly filters: EventFilters }) {
  const { route } = useLocation();
  const words = messages.eventsPage;
  const { list, filters } = props;
  if (list.status.value === 'loading') return <p class={styles.loading}>{words.loading}</p>;
  if (list.status.value === 'failed')
    return (
      <Notice title={words.loadFailed}>
        <Button onClick={() => void list.loadMore()}>{messages.tryNow}</Button>
      </Notice>
    );
  if (!isFiltered(filters)) return <Notice title={words.none} help={words.noneHelp} />;
  return (
    <Notice title={words.noneFiltered}>
      <Button onClick={() => route('/events', true)}>{words.clearFilters}</Button>
    </Notice>
  );
}
