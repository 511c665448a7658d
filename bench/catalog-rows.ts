/** Rows for the bench of the catalog, written past it for speed; the tallies are then made from them as a migration does. */
import type { SqliteDatabase } from 'kysely';
import { Kysely, SqliteDialect } from 'kysely';
import { silentLog } from '../src/base/log.ts';
import { migrate } from '../src/catalog/migrate.ts';
import type { Schema } from '../src/catalog/schema.ts';
import { openSqlite } from '../src/catalog/sqlite.ts';
import { rebuildTallies } from '../src/catalog/tallies.ts';

const cameras = 16;
const yearMs = 365 * 86_400_000;
const batch = 20_000;
/** How often what is seen, out of a thousand. */
const words: readonly (readonly [string, number])[] = [
  ['person', 560],
  ['car', 300],
  ['truck', 60],
  ['dog', 50],
  ['cat', 29],
  ['bear', 1],
];

/** A recording of one event of four tracks each; some deleted, labelled, in a zone. */
export async function fillCatalog(
  file: string,
  key: Buffer,
  { recordings, end }: { readonly recordings: number; readonly end: number },
): Promise<void> {
  const database = await openSqlite(file, key);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  await migrate(db as unknown as Kysely<never>, { clock: { now: () => end, monotonicMs: () => 0 }, log: silentLog });
  fillRows(database, recordings, end);
  await db.transaction().execute(rebuildTallies);
  await db.destroy();
}

function fillRows(database: SqliteDatabase, recordings: number, end: number): void {
  const run = (text: string) => {
    const statement = database.prepare(text);
    return (...values: unknown[]) => void statement.run(values);
  };
  const camera = run(`insert into camera (id, slug, name, created_at) values (?, ?, ?, 0)`);
  const recording = run(`insert into recording (id, camera_id, camera_slug, camera_name, state, start_at, end_at, file,
    thumbnail, kid, plain_bytes, sealed_bytes, sha256, width, height, confidence, reason, duration_ms, tail_offset)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'k', ?, ?, ?, 1920, 1080, ?, 'event', ?, 3000000)`);
  const event = run(`insert into event (id, camera_id, camera_slug, camera_name, start_at, end_at, confidence, counts)
    values (?, ?, ?, ?, ?, ?, ?, ?)`);
  const link = run(`insert into event_recording (event_id, recording_id) values (?, ?)`);
  const track = run(`insert into track (event_id, number, camera_id, class, confidence, first_at, last_at,
    box_x, box_y, box_width, box_height, width, height) values (?, ?, ?, ?, ?, ?, ?, 0.1, 0.2, 0.2, 0.4, 640, 360)`);
  const label = run(`insert into recording_label (recording_id, label, folded) values (?, 'Postman', 'postman')`);
  const note = run(`insert into recording_note (recording_id, note, folded) values (?, ?, ?)`);
  const zone = run(`insert into event_zone (event_id, zone) values (?, 'garden')`);
  const random = seeded(7);
  run('begin')();
  for (let id = 1; id <= cameras; id++) camera(id, `cam-${id - 1}`, `Camera ${id - 1}`);
  for (let id = 1; id <= recordings; id++) {
    if (id % batch === 0) {
      run('commit')();
      run('begin')();
    }
    const index = Math.floor(random() ** 2 * cameras);
    const slug = `cam-${index}`;
    const at = Math.floor(end - yearMs + (yearMs * id) / (recordings + 1));
    const lasts = 10_000 + Math.floor(random() * 20_000);
    const tracks = Array.from({ length: 4 }, () => [wordAt(random()), 0.25 + random() * 0.75] as const);
    const best = Math.max(...tracks.map(([, confidence]) => confidence));
    const file = `${slug}/${id}.mp4`;
    const state = id % 50 === 0 ? 'deleted' : id % 500 === 1 ? 'torn' : 'finished';
    const thumbnail = state === 'deleted' ? null : `${slug}/${id}.jpg`;
    const bytes = lasts * 200;
    recording(
      id,
      index + 1,
      slug,
      `Camera ${index}`,
      state,
      at,
      at + lasts,
      file,
      thumbnail,
      bytes,
      bytes,
      sha(id),
      best,
      lasts,
    );
    const counts: Record<string, number> = {};
    for (const [word] of tracks) counts[word] = (counts[word] ?? 0) + 1;
    event(id, index + 1, slug, `Camera ${index}`, at + 2000, at + lasts, best, JSON.stringify(counts));
    link(id, id);
    for (const [number, [word, confidence]] of tracks.entries())
      track(id, number, index + 1, word, confidence, at + 2000 + number * 500, at + lasts);
    if (id % 1000 === 1) label(id);
    if (id % 1000 === 2) note(id, `The <b>postman</b> of ${id}`, `the <b>postman</b> of ${id}`);
    if (id % 10 === 3) zone(id);
  }
  run('commit')();
}

function wordAt(drawn: number): string {
  let left = drawn * 1000;
  for (const [word, often] of words) {
    left -= often;
    if (left < 0) return word;
  }
  return 'person';
}

function sha(id: number): string {
  return id.toString(16).padStart(64, '0');
}

/** mulberry32: the same rows on every machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
