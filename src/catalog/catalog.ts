/**
 * The catalog: what is known about cameras, accounts, recordings and events, in one encrypted database. Queries are
 * grouped by subject and return plain rows; what a row means, and who may see it, is decided elsewhere, but every read
 * of evidence is limited to the cameras that its caller names.
 */
import { Kysely, SqliteDialect } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { AccountQueries } from './accounts.ts';
import { AnnotationQueries } from './annotations.ts';
import { CameraQueries } from './cameras.ts';
import { CredentialQueries } from './credentials.ts';
import { DayKeyQueries } from './day-keys.ts';
import { EventQueries } from './events.ts';
import { FactsDueQueries } from './facts-due.ts';
import { LockoutQueries } from './lockouts.ts';
import { LossQueries } from './losses.ts';
import { migrate } from './migrate.ts';
import { PasskeyQueries } from './passkeys.ts';
import { RecordingLists } from './recording-lists.ts';
import { RecordingQueries } from './recordings.ts';
import type { Schema } from './schema.ts';
import type { Database } from './scope.ts';
import { inTransaction } from './scope.ts';
import { SecondFactorQueries } from './second-factors.ts';
import { SessionQueries } from './sessions.ts';
import { snapshotSqlite } from './snapshot.ts';
import { openSqlite, WalSync } from './sqlite.ts';
import { StateQueries } from './state.ts';
import { StatisticsQueries } from './statistics.ts';
import { TimelineQueries } from './timeline.ts';
import { TokenQueries } from './tokens.ts';
import { keepBeforeUpgrade } from './upgrade-copy.ts';

export interface CatalogOptions {
  /** The database file; made with mode 0600 where there is none. */
  readonly file: string;
  /** 32 bytes. */
  readonly key: Buffer;
  readonly clock: Clock;
  readonly log: Log;
}

/** All queries, on the database or on a transaction. */
export class CatalogQueries {
  readonly cameras: CameraQueries;
  readonly accounts: AccountQueries;
  readonly sessions: SessionQueries;
  readonly tokens: TokenQueries;
  readonly secondFactors: SecondFactorQueries;
  readonly passkeys: PasskeyQueries;
  readonly lockouts: LockoutQueries;
  readonly credentials: CredentialQueries;
  readonly dayKeys: DayKeyQueries;
  readonly state: StateQueries;
  readonly recordings: RecordingQueries;
  readonly recordingLists: RecordingLists;
  readonly events: EventQueries;
  readonly statistics: StatisticsQueries;
  readonly annotations: AnnotationQueries;
  readonly factsDue: FactsDueQueries;
  readonly losses: LossQueries;
  readonly timeline: TimelineQueries;

  constructor(db: Database, now: () => number, durable: () => Promise<void>) {
    this.cameras = new CameraQueries(db, now);
    this.accounts = new AccountQueries(db, now);
    this.sessions = new SessionQueries(db);
    this.tokens = new TokenQueries(db);
    this.secondFactors = new SecondFactorQueries(db, now);
    this.passkeys = new PasskeyQueries(db);
    this.lockouts = new LockoutQueries(db);
    this.credentials = new CredentialQueries(db, now);
    this.dayKeys = new DayKeyQueries(db, now, durable);
    this.state = new StateQueries(db, durable);
    this.recordings = new RecordingQueries(db);
    this.recordingLists = new RecordingLists(db);
    this.events = new EventQueries(db);
    this.statistics = new StatisticsQueries(db);
    this.annotations = new AnnotationQueries(db);
    this.factsDue = new FactsDueQueries(db);
    this.losses = new LossQueries(db);
    this.timeline = new TimelineQueries(db);
  }
}

export class Catalog extends CatalogQueries {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #durable: () => Promise<void>;
  readonly #snapshot: (target: string) => Promise<void>;

  constructor(
    db: Database,
    now: () => number,
    durable: () => Promise<void>,
    /** Left out in tests of single queries. */
    snapshot: (target: string) => Promise<void> = () => Promise.reject(new TypeError('this catalog has no file')),
  ) {
    super(db, now, durable);
    this.#db = db;
    this.#now = now;
    this.#durable = durable;
    this.#snapshot = snapshot;
  }

  /** All of `work` or nothing of it. Everything else waits meanwhile, so it does no other work than queries. */
  transaction<T>(work: (queries: CatalogQueries) => Promise<T>): Promise<T> {
    // Nothing in a transaction is durable before its commit; the caller asks for that afterwards.
    return inTransaction(this.#db, (db) => work(new CatalogQueries(db, this.#now, async () => {})));
  }

  /** UTC ms, of the clock that the rows are dated by. */
  now(): number {
    return this.#now();
  }

  /** Resolves when everything written so far survives a power cut. Without it, a write survives our own death only. */
  durable(): Promise<void> {
    return this.#durable();
  }

  /** Copies the database as it is now, encrypted by the same key, to a file that doesn't exist yet. Holds nobody up. */
  snapshot(target: string): Promise<void> {
    return this.#snapshot(target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db.destroy();
  }
}

/**
 * Opens the catalog and brings its schema up to this program's.
 * @throws Problem catalog/wrong-key, catalog/newer-schema, catalog/cannot-open
 */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { clock, log } = options;
  // The caller may wipe its own.
  const key = Buffer.from(options.key);
  const database = await openSqlite(options.file, options.key);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  try {
    await migrate(db as unknown as Kysely<never>, {
      clock,
      log,
      beforeUpgrade: (schema) =>
        keepBeforeUpgrade(options.file, schema, (target) => database.prepare('vacuum into ?').run([target])),
    });
  } catch (error) {
    database.close();
    throw error;
  }
  const wal = new WalSync(options.file);
  const catalog = new Catalog(
    db,
    () => clock.now(),
    () => wal.sync(),
    (target) => snapshotSqlite(options.file, target, key),
  );
  await catalog.durable();
  return catalog;
}
