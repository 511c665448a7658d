/** For the tests of this folder: access over a real catalog, with a clock that is turned by hand and a cheap hash. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CameraId } from '../../base/ids.ts';
import { silentLog } from '../../base/log.ts';
import { Secret } from '../../base/secret.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { openCatalog } from '../../catalog/catalog.ts';
import type { Access, AccessOptions } from '../access.ts';
import { openAccess } from '../access.ts';
import type { AuditEntry } from '../audit.ts';
import type { HashParameters } from '../hash.ts';
import { PasswordHasher } from '../hash.ts';
import type { Entrance } from '../principal.ts';
import type { ColumnSeal } from '../stream-passwords.ts';

export const door = 'door' as CameraId;
export const yard = 'yard' as CameraId;

export class TurnedClock {
  #now = Date.UTC(2026, 10, 24);
  #monotonicMs = 1000;

  now(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  pass(ms: number): void {
    this.#now += ms;
    this.#monotonicMs += ms;
  }

  /** Somebody sets the wall clock. */
  set(byMs: number): void {
    this.#now += byMs;
  }
}

/** Counts its work, so that tests can compare work instead of time. */
export class CountingHasher extends PasswordHasher {
  verified = 0;
  /** Awaited before each look, to hold one in the middle. */
  hold: Promise<void> = Promise.resolve();

  constructor(parameters: HashParameters = { memory: 8, passes: 1, parallelism: 1 }) {
    super(parameters);
  }

  override async verify(...given: Parameters<PasswordHasher['verify']>): Promise<boolean> {
    this.verified++;
    await this.hold;
    return super.verify(...given);
  }
}

export class Harness {
  readonly clock = new TurnedClock();
  readonly entries: AuditEntry[] = [];
  readonly refusals: { address: string; kind: string }[] = [];
  hasher = new CountingHasher();
  readonly #directory: string;
  readonly #key = randomBytes(32);
  readonly #options: AccessOptions;
  catalog!: Catalog;
  access!: Access;

  private constructor(directory: string, options: Partial<AccessOptions>) {
    this.#directory = directory;
    this.#options = {
      maxLoginAttempts: 5,
      lockoutMs: 300_000,
      sessionIdleMs: 3_600_000,
      sessionAbsoluteMs: 86_400_000,
      requestsPerMinute: 3000,
      publisherCanView: false,
      ...options,
    };
  }

  static async open(options: Partial<AccessOptions> = {}): Promise<Harness> {
    const harness = new Harness(await mkdtemp(join(tmpdir(), 'sentrix-access-')), options);
    await harness.#start();
    for (const camera of [door, yard]) await harness.catalog.cameras.ensure(camera, camera);
    return harness;
  }

  /** The same files under a new process. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  /** As another address each time, so that the limit by address stays out of the way; `from` says which. */
  try(username: string, password: string, entrance: Entrance = 'login', from: string = this.elsewhere()) {
    return this.access.verify({ username, password: new Secret(password), address: from, entrance });
  }

  login(username: string, password: string) {
    const credentials = { username, password: new Secret(password), address: this.elsewhere() };
    return this.access.login({ ...credentials, entrance: 'login', userAgent: 'test' });
  }

  #addresses = 0;
  elsewhere(): string {
    const number = this.#addresses++;
    return `10.0.${number >> 8}.${number & 255}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await rm(this.#directory, { recursive: true });
  }

  async #start(): Promise<void> {
    const { clock } = this;
    const file = join(this.#directory, 'catalog.db');
    this.catalog = await openCatalog({ file, key: this.#key, clock, log: silentLog });
    this.access = await openAccess({
      catalog: this.catalog,
      audit: {
        append: async (entry) => this.entries.push(entry),
        refused: (refusal) => this.refusals.push(refusal),
      },
      clock,
      log: silentLog,
      seal: sealWith(this.#key),
      options: this.#options,
      hasher: this.hasher,
    });
  }

  async #stop(): Promise<void> {
    await this.access[Symbol.asyncDispose]();
    await this.catalog[Symbol.asyncDispose]();
  }
}

function sealWith(key: Buffer): ColumnSeal {
  const authTagLength = 16;
  return {
    seal: (context, bytes) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength });
      cipher.setAAD(Buffer.from(context), { plaintextLength: bytes.length });
      return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open: (context, bytes) => {
      const cipher = createDecipheriv('chacha20-poly1305', key, bytes.subarray(0, 12), { authTagLength });
      cipher.setAAD(Buffer.from(context), { plaintextLength: bytes.length - 28 });
      cipher.setAuthTag(bytes.subarray(-authTagLength));
      return Buffer.concat([cipher.update(bytes.subarray(12, -authTagLength)), cipher.final()]);
    },
  };
}

export const local = { who: null, from: null };
/** Good enough for every role. */
export const goodPassword = 'seven quiet herons wade';
