/** What was recorded: thumbnails by day, filters in the URL, and the player over them (`?recording=ID`). */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Select } from '../ui/field.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { LockedStrip } from '../vault/locked-strip.tsx';
import styles from './events-page.module.css';
import type { EventFilters } from './filters.ts';
import { eventsUrl, readFilters, readOpen } from './filters.ts';
import { groupByDay } from './groups.ts';
import { Player } from './player.tsx';
import { RecordingList } from './recording-list.ts';
import { Thumbnail } from './thumbnail.tsx';

export function EventsPage() {
  const { api, recordingsChanged, session } = useApp();
  const { query, route } = useLocation();
  const filters = readFilters(query);
  const { camera, seen } = filters;
  const list = useMemo(() => new RecordingList(api, { camera, seen }), [api, camera, seen]);
  const words = messages.eventsPage;
  const total = list.total.value;
  const vault = session.session?.vault.kind;
  const open = readOpen(query);
  useTitle(words.title);
  useEffect(() => {
    void list.loadMore();
    return () => list.dispose();
  }, [list]);
  // The vault's state too: thumbnails that could not be read now can.
  const changed = recordingsChanged.value;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) void list.refresh();
    first.current = false;
  }, [changed, list]);

  return (
    <main id="main" class={styles.page} tabIndex={-1}>
      <PageHead title={words.title} note={total === null || total === 0 ? undefined : words.total(total)} />
      <Filters filters={filters} onChange={(next) => route(eventsUrl(next), true)} />
      <LockedStrip />
      <Groups key={vault} list={list} filters={filters} locked={vault === 'locked'} />
      {open === null ? null : (
        <Player
          key={open}
          id={open}
          list={list}
          onShow={(id) => route(eventsUrl(filters, id), true)}
          onClose={() => route(eventsUrl(filters), true)}
        />
      )}
    </main>
  );
}

function Filters(props: { readonly filters: EventFilters; readonly onChange: (filters: EventFilters) => void }) {
  const { cameras } = useApp();
  const words = messages.eventsPage;
  const { filters, onChange } = props;
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
    </div>
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
  if (filters.camera === null && filters.seen === null) return <Notice title={words.none} help={words.noneHelp} />;
  return (
    <Notice title={words.noneFiltered}>
      <Button onClick={() => route('/events', true)}>{words.clearFilters}</Button>
    </Notice>
  );
}
