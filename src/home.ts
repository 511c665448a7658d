/**
 * Everything that lies in a home, opened: keys, catalog, log, accounts, vault, certificates. The running system and the
 * commands that work without it begin here; the order is that in which each part needs the one before.
 */
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Access } from './access/access.ts';
import { openAccess } from './access/access.ts';
import type { AuditLog } from './audit/log.ts';
import { openAuditLog } from './audit/log.ts';
import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import { Problem } from './base/problem.ts';
import { Secret } from './base/secret.ts';
import type { Catalog } from './catalog/catalog.ts';
import { openCatalog } from './catalog/catalog.ts';
import type { Config } from './config/load.ts';
import { lockHome } from './control/home-lock.ts';
import { CameraCertificates } from './credentials/camera-certificates.ts';
import { Credentials } from './credentials/credentials.ts';
import { catalogLedger } from './credentials/key-ledger.ts';
import { carryOutDeletion } from './recording/carry-out.ts';
import { Deletion } from './recording/deletion.ts';
import { FactsFiles } from './recording/facts-file.ts';
import { PendingDeletions } from './recording/pending-deletions.ts';
import { openDiskStore } from './storage/disk-store.ts';
import type { Mirror } from './storage/mirror.ts';
import { startMirror } from './storage/mirror.ts';
import type { CopyStore, ObjectStore } from './storage/object-store.ts';
import type { S3Credentials } from './storage/s3-credentials.ts';
import { openS3Store } from './storage/s3-store.ts';
import type { Certificates } from './tls/certificates.ts';
import { openCertificates } from './tls/certificates.ts';
import type { ColumnSeal } from './vault/column-seal.ts';
import { createColumnSeal } from './vault/column-seal.ts';
import { settleKeySwitch } from './vault/key-switch.ts';
import type { NewOwner } from './vault/owner-key.ts';
import { openServiceKey } from './vault/service-key.ts';
import type { Vault } from './vault/vault.ts';
import { openVault } from './vault/vault.ts';

/** Where the bucket's credentials lie in the catalogue, sealed. */
const mirrorLoginKey = 'mirror-s3';

export interface HomeOptions {
  readonly config: Config;
  /** Absolute; exists, 0700. */
  readonly home: string;
  /** The text of the configuration, for backups; empty where there is none. */
  readonly configText?: () => Promise<string>;
  readonly log: Log;
  readonly clock: Clock;
  /** `$CREDENTIALS_DIRECTORY`: where systemd puts what it unsealed for us. */
  readonly credentialsDirectory?: string;
}

export interface HomeParts extends AsyncDisposable {
  readonly catalog: Catalog;
  readonly audit: AuditLog;
  readonly access: Access;
  readonly credentials: Credentials;
  readonly cameraCertificates: CameraCertificates;
  readonly certificates: Certificates;
  readonly recordings: ObjectStore;
  /** How far the second copy has come; undefined where none is asked for. */
  readonly mirror: Pick<Mirror, 'state'> | undefined;
  readonly vault: Vault;
  /** Labels, notes and holds beside their clips. */
  readonly factsFiles: FactsFiles;
  readonly deletion: Deletion;
  /** Of those by hand, the ones that wait. */
  readonly deletions: PendingDeletions;
  /** Makes the owner's key and pins its recipient: only then does the catalog believe the file beside it. */
  createOwner(wish: NewOwner): ReturnType<Vault['createOwner']>;
  /** Keeps the credentials of the mirror's bucket, sealed. */
  mirrorLogin(accessKeyId: string, secret: Secret): Promise<void>;
}

/** @throws Problem control/home-in-use where another process works on it, and what the parts throw */
export async function openHomeParts(options: HomeOptions): Promise<HomeParts> {
  const { config, home, log, clock } = options;
  await using opened = new AsyncDisposableStack();
  for (const folder of ['keys', 'certs', 'audit', 'run']) {
    await mkdir(join(home, folder), { recursive: true, mode: 0o700 });
    await chmod(join(home, folder), 0o700);
  }
  opened.use(await lockHome(join(home, 'run')));

  const serviceKey = await openServiceKey({ home, log });
  const catalog = opened.use(
    await openCatalog({ file: join(home, 'catalog.db'), key: serviceKey.derive('catalog'), clock, log }),
  );
  const audit = opened.use(
    await openAuditLog({
      dir: join(home, 'audit'),
      serviceKey,
      node: config.node.name === '' ? 'node' : config.node.name,
      witnesses: config.audit.witnesses,
      clock,
      log,
    }),
  );
  const seal = createColumnSeal(serviceKey, 'columns');
  const access = opened.use(
    await openAccess({
      catalog,
      audit,
      clock,
      log,
      seal,
      options: {
        maxLoginAttempts: config.security.max_login_attempts,
        lockoutMs: config.security.lockout_duration * 1000,
        sessionIdleMs: config.security.session_timeout * 1000,
        sessionAbsoluteMs: config.security.session_absolute * 1000,
        requestsPerMinute: config.security.requests_per_minute,
        publisherCanView: config.security.publisher_can_view,
      },
    }),
  );
  const credentials = new Credentials({ catalog, seal });
  const { tls_key: keyFile, tls_cert: certFile } = config.security;
  const certificates = await openCertificates({
    directory: join(home, 'certs'),
    seal: createColumnSeal(serviceKey, 'tls'),
    clock,
    log,
    hosts: config.network.hosts,
    ...(keyFile === '' || certFile === '' ? {} : { own: { keyFile, certFile } }),
  });

  const disk = await openDiskStore(config.recording.recordings_dir);
  await disk.sweepTemporary();
  const mirror =
    config.mirror.kind === 'off'
      ? undefined
      : opened.use(await openMirror(disk, { state: catalog.state, seal }, options));
  const recordings = mirror ?? disk;
  const ledger = catalogLedger(catalog);
  await settleKeySwitch({ home, store: recordings, ledger, log });
  const { mode, recipients, post_quantum: postQuantum } = config.security.encryption;
  const ownerPin = await ledger.owner();
  const vault = opened.use(
    await openVault({
      home,
      recordings,
      ledger,
      ...(options.credentialsDirectory === undefined ? {} : { credentials: options.credentialsDirectory }),
      encryption: { ...(mode === null ? {} : { mode }), recipients, newKind: postQuantum ? 'hybrid' : 'x25519' },
      ...(ownerPin === undefined ? {} : { ownerPin }),
      clock,
      log,
    }),
  );

  // The key that systemd hands over is the owner's from the first start on, and another isn't taken for it.
  const status = vault.status();
  if (ownerPin === undefined && status.kind === 'open' && status.mode === 'systemd')
    await ledger.pinOwner(status.ownerRecipient);

  // Passwords and grants hang on cameras that the catalog knows, also before the first start.
  for (const { id, name } of config.cameras) await catalog.cameras.ensure(id, name);

  const factsFiles = new FactsFiles({ catalog, vault, store: recordings, log });
  const deletion = new Deletion({ recordings: catalog.recordings, store: recordings, facts: factsFiles });
  const { delay_days: delayDays, second_admin: secondAdmin } = config.security.deletion;
  const deletions = opened.use(
    new PendingDeletions({
      ...{ state: catalog.state, rules: { delayMs: delayDays * 86_400_000, secondAdmin }, clock, log },
      written: (entry) => audit.append(entry),
      carryOut: async (subject, by, askedBy) => {
        await carryOutDeletion({ recordings: catalog.recordings, deletion, vault, audit }, subject, by, askedBy);
      },
    }),
  );

  const all = opened.move();
  return {
    catalog,
    audit,
    access,
    credentials,
    cameraCertificates: new CameraCertificates(catalog.state),
    certificates,
    recordings,
    mirror,
    vault,
    factsFiles,
    deletion,
    deletions,
    mirrorLogin: async (accessKeyId, secret) => {
      const bytes = Buffer.from(`${accessKeyId}\n${secret.reveal()}`);
      await catalog.state.set(mirrorLoginKey, seal.seal(mirrorLoginKey, bytes).toString('base64'));
    },
    createOwner: async (wish) => {
      const owner = await vault.createOwner(wish);
      await ledger.pinOwner(owner.recipient);
      return owner;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What the mirror is opened with, and may change while it runs: the credentials of a bucket. */
interface MirrorParts {
  readonly state: Catalog['state'];
  readonly seal: ColumnSeal;
}

async function openMirror(first: ObjectStore, parts: MirrorParts, options: HomeOptions): Promise<Mirror> {
  const { config, home, log, clock } = options;
  const isBucket = config.mirror.kind === 's3';
  const openCopy = isBucket ? bucketCopy(parts, options) : directoryCopy(options);
  // A bucket asks money for each write; together with the tail's half second it stays well under two
  const pace = isBucket ? { paceMs: 700 } : {};
  return await startMirror({ first, openCopy, journal: join(home, 'mirror-removals'), ...pace, clock, log });
}

/** The copy's directory is the owner's to make: made here, it would hide that another disk isn't mounted. */
function directoryCopy({ config }: HomeOptions): () => Promise<CopyStore> {
  const { directory } = config.mirror;
  if (directory === '' || isWithin(config.recording.recordings_dir, directory)) {
    throw new Problem('storage/bad-mirror', 'mirror.directory names no place outside of the recordings', {
      status: 409,
      hint: 'set it to a directory on another disk or machine',
    });
  }
  return async () => {
    if (!(await stat(directory).catch(() => undefined))?.isDirectory()) {
      throw new Problem('storage/unavailable', 'the directory of the mirror is not there', { status: 503 });
    }
    const copy = await openDiskStore(directory);
    await copy.sweepTemporary();
    return copy;
  };
}

function bucketCopy({ state, seal }: MirrorParts, options: HomeOptions): () => Promise<CopyStore> {
  const { endpoint, bucket, region, prefix } = options.config.mirror;
  if (!/^https?:/.test(endpoint) || bucket === '') {
    throw new Problem('storage/bad-mirror', 'mirror.endpoint and mirror.bucket name no bucket', {
      status: 409,
      hint: 'set both, such as endpoint: https://s3.example and bucket: cameras',
    });
  }
  const place = { endpoint, bucket, region: region === '' ? 'us-east-1' : region, prefix, clock: options.clock };
  // Asked for anew each time: they may come, or change, while it is tried again
  return async () => openS3Store({ ...place, credentials: await bucketCredentials(state, seal, options) });
}

/** systemd's credential `mirror-s3`, else what `mirror login` has sealed: the id and the secret, a line each. */
async function bucketCredentials(
  state: Catalog['state'],
  seal: ColumnSeal,
  { credentialsDirectory }: HomeOptions,
): Promise<S3Credentials> {
  const given =
    credentialsDirectory === undefined
      ? undefined
      : await readFile(join(credentialsDirectory, 'mirror-s3'), 'utf8').catch(() => undefined);
  const kept = given === undefined ? await state.get(mirrorLoginKey) : undefined;
  const text = given ?? (kept && seal.open(mirrorLoginKey, Buffer.from(kept, 'base64')).toString('utf8')) ?? '';
  const [accessKeyId, secret] = text.split('\n').map((line) => line.trim());
  if (accessKeyId && secret) return { accessKeyId, secretAccessKey: new Secret(secret) };
  throw new Problem('storage/unavailable', 'the mirror has no credentials for its bucket', {
    status: 503,
    hint: 'give them with `sentrix mirror login ID`',
  });
}

function isWithin(outer: string, inner: string): boolean {
  const way = relative(resolve(outer), resolve(inner));
  return way === '' || !(way.startsWith('..') || isAbsolute(way));
}
