/** Small parts in memory for the tests of HTTP: two cameras, three accounts, two recordings. */
import { randomBytes } from 'node:crypto';
import type { AccountId, CameraId, EventId, RecordingId } from '../../base/ids.ts';
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import type { StreamStateMessage } from '../../wire/live.ts';
import type {
  AuditEntry,
  CameraEntry,
  CameraScope,
  Credentials,
  Decision,
  Happening,
  LiveSocket,
  Parts,
  PendingDeletion,
  Principal,
  RecordedFile,
  RecordingEntry,
  Refusal,
  RouteAction,
  VaultState,
} from '../parts.ts';

export const yard = 'yard' as CameraId;
export const door = 'front-door' as CameraId;
export const password = 'correct horse battery';

/** `ann` admin, `vic` viewer of the yard, `pub` publisher. All have the same password. */
export const accounts: Readonly<Record<string, Omit<Principal, 'via'>>> = {
  ann: { accountId: 1 as AccountId, username: 'ann', role: 'admin', cameras: 'all' },
  vic: { accountId: 2 as AccountId, username: 'vic', role: 'viewer', cameras: new Set([yard]) },
  pub: { accountId: 3 as AccountId, username: 'pub', role: 'publisher', cameras: new Set([yard]) },
};

/** Stands for an age file. */
export const sealedBytes = Buffer.from('age-encryption.org/v1 and so on');
export const clipBytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
export const clipPath = 'yard/2026/11/24/101500-41.mp4';
export const doorPath = 'front-door/2026/11/24/111500-42.mp4';

const adminOnly: readonly RouteAction[] = [
  'recording.annotate',
  'recording.delete',
  'camera.configure',
  'key.manage',
  'account.manage',
  'audit.view',
  'system.view',
];

export class TestParts implements Parts {
  readonly entries: AuditEntry[] = [];
  readonly refusals: string[] = [];
  readonly sessions = new Map<string, Principal>();
  readonly endedListeners = new Set<(end: { readonly sessionId: string }) => void>();
  readonly revokedListeners = new Set<(revoked: { readonly accountId: AccountId }) => void>();
  /** Who gets pictures; the yard has one at once. */
  readonly pictureViewers = new Set<(jpeg: Uint8Array) => void>();
  readonly attached: { socket: LiveSocket; principal: Principal }[] = [];
  readonly verified: Omit<Credentials, 'entrance'>[] = [];
  readonly seenScopes: CameraScope[] = [];
  /** Requests without good credentials left before 429, by address and endpoint. */
  limitPerEndpoint = Number.POSITIVE_INFINITY;
  loginsLeft = Number.POSITIVE_INFINITY;
  vaultState: VaultState = { kind: 'open', mode: 'passphrase', ownerRecipient: 'age1owner' };
  setupCode: string | undefined;
  readsOpen = 0;
  bytesRead = 0;
  failing: Error | undefined;
  isReady = true;
  readonly #counts = new Map<string, number>();
  recordingsList: RecordingEntry[] = [entry(41, yard, clipPath), entry(42, door, doorPath)];

  readonly discovery = {
    streams: async () => ({ source: 'rtsp://192.0.2.9/main', substream: undefined }),
    find: async () => [
      {
        address: '192.0.2.9',
        service: 'http://192.0.2.9/onvif/device_service',
        name: '',
        model: '',
        configured: false,
      },
    ],
  };
  readonly access = {
    principalOfBasic: async (
      given: Omit<Credentials, 'entrance'>,
    ): Promise<{ ok: true; principal: Principal } | Refusal> => {
      this.verified.push(given);
      if (this.loginsLeft-- <= 0) return { ok: false, status: 429, retryAfterSeconds: 42.2 };
      const account = Object.hasOwn(accounts, given.username) ? accounts[given.username] : undefined;
      if (account === undefined || given.password.reveal() !== password) return { ok: false, status: 401 };
      return { ok: true, principal: { ...account, via: 'basic' } };
    },
    verify: (given: Credentials) => this.access.principalOfBasic(given),
    login: async (given: Credentials & { userAgent: string }) => {
      const result = await this.access.verify(given);
      if (!result.ok) return result;
      const id = randomBytes(32).toString('base64url');
      const principal: Principal = { ...result.principal, via: 'session', sessionId: `hash of ${id}` };
      this.sessions.set(id, principal);
      return { ok: true as const, principal, sessionId: new Secret(id) };
    },
    logout: async (id: Secret) => {
      const ended = this.sessions.get(id.reveal());
      this.sessions.delete(id.reveal());
      if (ended !== undefined) for (const listener of this.endedListeners) listener({ sessionId: ended.sessionId! });
    },
    principalOfSession: async (id: Secret) => this.sessions.get(id.reveal()),
    authorize: (principal: Principal | undefined, action: RouteAction, camera?: CameraId): Decision => {
      if (principal === undefined) return { allowed: false, status: 401 };
      if (principal.role !== 'admin' && adminOnly.includes(action)) return { allowed: false, status: 403 };
      if (principal.role === 'publisher' && action !== 'session.own' && action !== 'account.own')
        return { allowed: false, status: 403 };
      if (camera !== undefined && principal.cameras !== 'all' && !principal.cameras.has(camera))
        return { allowed: false, status: 404 };
      return { allowed: true, cameras: principal.cameras };
    },
    setupOpen: async () => this.setupCode !== undefined,
    redeemSetup: async (given: { code: Secret; username: string }): Promise<Principal> => {
      if (given.code.reveal() !== this.setupCode)
        throw new Problem('access/setup-code', 'this set-up link is not valid', { status: 403 });
      this.setupCode = undefined;
      return { ...accounts['ann']!, via: 'session' };
    },
    limit: (address: string, endpoint: string) => {
      const key = `${address} ${endpoint}`;
      const count = (this.#counts.get(key) ?? 0) + 1;
      this.#counts.set(key, count);
      return count <= this.limitPerEndpoint ? { ok: true as const } : { ok: false as const, retryAfterSeconds: 30 };
    },
    limitKnown: () => ({ ok: true as const }),
    touchSession: () => {},
    // Accounts and what hangs on them are tried on the real ones, in test/attack.
    loginWithCode: async (): Promise<Refusal> => ({ ok: false, status: 401 }),
    loginWithPasskey: async (): Promise<Refusal> => ({ ok: false, status: 401 }),
    askForPasskey: async () => ({}),
    passkeys: { list: async () => [] },
    accountNames: async () => new Map<AccountId, string>(),
    listSessions: async () => [],
    endSession: async () => false,
    users: {
      list: async () => [],
      generatePassword: () => new Secret(password),
      add: async ({ name }: { readonly name: string }) => name,
      setPassword: async () => {},
      setRole: async () => {},
      unlock: async () => false,
      removeSecondFactor: async () => false,
      remove: async () => {},
    },
    own: {
      confirm: async (by: { readonly password: Secret }) =>
        by.password.reveal() === password
          ? { ok: true as const, value: undefined }
          : ({ ok: false, status: 401 } satisfies Refusal),
      changePassword: async () => ({ ok: true as const, value: undefined }),
      proposeFactor: async (): Promise<Refusal> => ({ ok: false, status: 401 }),
      confirmFactor: async () => [],
      removeFactor: async () => ({ ok: true as const, value: undefined }),
      proposePasskey: async (): Promise<Refusal> => ({ ok: false, status: 401 }),
      addPasskey: async () => [],
      removePasskey: async () => ({ ok: true as const, value: true }),
      factorState: async () => ({ enabled: false, codesLeft: 0 }),
    },
    publishLinks: {
      make: async () => ({ code: new Secret('sxl_code'), expiresAt: 0 }),
      redeem: async () => {
        throw new Problem('access/link-void', 'this link is wrong, used or expired', { status: 403 });
      },
    },
    tokens: {
      principal: async () => undefined,
      list: async () => [],
      make: async (): Promise<never> => {
        throw new Problem('access/too-many-tokens', 'there are too many', { status: 409 });
      },
      revoke: async () => false,
    },
    onSessionEnded: (listener: (end: { readonly sessionId: string }) => void) => {
      this.endedListeners.add(listener);
      return () => this.endedListeners.delete(listener);
    },
    onRevoked: (listener: (revoked: { readonly accountId: AccountId }) => void) => {
      this.revokedListeners.add(listener);
      return () => this.revokedListeners.delete(listener);
    },
  };

  readonly settings = {
    read: async () => ({
      ...{ file: 'surveillance.yml', writable: true, pinned: [], values: {}, cameras: [], waiting: [], schema: {} },
    }),
    // What a change does to a file is tried on real ones, in test/settings.test.ts.
    change: async () => {},
    changeCamera: async () => {},
    addCamera: async () => ({ id: 'gate', path: 'video/gate' }),
    setCameraPassword: async () => {},
    removeCamera: async () => {},
    testCamera: async () => ({ codec: 'h264', width: 640, height: 360, fps: 15 }),
  };

  readonly recordings = {
    list: async (query: { limit: number; offset: number }, cameras: CameraScope) => {
      if (this.failing !== undefined) throw this.failing;
      const visible = this.#visible(cameras);
      const recordings = visible.slice(query.offset, query.offset + query.limit);
      return { total: visible.length, totalIsExact: true, recordings, next: null };
    },
    find: async (id: RecordingId, cameras: CameraScope) => this.#visible(cameras).find((one) => one.id === id),
    totals: async (cameras: CameraScope) => {
      const count = this.#visible(cameras).length;
      return { count, durationMs: count * 12_500, sizeBytes: count * 300_000, oldestAt: null, newestAt: null };
    },
    totalsByCamera: async () => new Map(),
    annotate: async (id: RecordingId, change: { labels?: readonly string[]; note?: string | null }) => {
      this.recordingsList = this.recordingsList.map((one) => (one.id === id ? { ...one, ...change } : one));
      return true;
    },
    hold: async (id: RecordingId, held: boolean) => {
      this.recordingsList = this.recordingsList.map((one) => (one.id === id ? { ...one, held } : one));
      return true;
    },
    export: async ({ id, scope }: { id: RecordingId; scope: CameraScope }) => {
      if (this.failing !== undefined) throw this.failing;
      if (!this.#visible(scope).some((one) => one.id === id)) return undefined;
      const read = this.#read.bind(this);
      return { fileName: `${id}.zip`, bytes: () => read(0, clipBytes.length) };
    },
    verify: async (id: RecordingId, cameras: CameraScope) =>
      this.#visible(cameras).some((one) => one.id === id) ? ['the file was changed or cut'] : undefined,
    remove: async (id: RecordingId) => {
      this.recordingsList = this.recordingsList.filter((one) => one.id !== id);
      return true;
    },
    file: async (path: string, cameras: CameraScope): Promise<RecordedFile | undefined> => {
      const found = this.#visible(cameras).find((one) => one.file === path);
      if (found === undefined) return undefined;
      return {
        recording: found.id,
        camera: found.camera,
        kind: 'clip',
        sizeBytes: clipBytes.length,
        contentType: 'video/mp4',
        etag: `"clip-${found.id}"`,
        read: (start, end) => this.#read(start, end),
      };
    },
  };

  readonly events = {
    list: async (_query: unknown, cameras: CameraScope) => {
      const alerts = this.#visible(cameras).map((one) => ({
        id: one.id as number as EventId,
        camera: one.camera,
        cameraName: one.cameraName,
        startAt: one.startAt,
        endAt: null,
        confidence: one.confidence,
        counts: { person: 1 },
        thumbnail: null,
        recordings: [one.id],
      }));
      return { total: alerts.length, alerts, next: null };
    },
    objects: async () => ({ recordings: 3, counts: { person: 3, car: 1 } }),
    times: async () => ({ hours: Array<number>(24).fill(0), weekdays: Array<number>(7).fill(0) }),
  };

  readonly timeline = {
    between: async (_span: unknown, cameras: CameraScope) => ({
      recordings: this.#visible(cameras).map((one) => ({
        ...{ id: one.id, camera: one.camera, reason: 'event', state: 'finished' },
        ...{ startAt: one.startAt, endAt: one.startAt + one.durationMs },
      })),
      events: [],
      losses: [],
      truncated: false,
    }),
  };

  readonly storage = {
    mirror: () => undefined,
    forecast: async () => ({
      ...{ usedBytes: 600_000, maxBytes: 1e10, diskFreeBytes: 5e10, keepFreeBytes: 1e9 },
      ...{ bytesPerDay: null, fullAt: null, reachMs: null, cameras: [], next: [] },
    }),
  };

  readonly streams = {
    list: (cameras: CameraScope): readonly CameraEntry[] =>
      [yard, door].filter((id) => cameras === 'all' || cameras.has(id)).map((id) => camera(id)),
  };

  readonly sealed = {
    open: async (id: RecordingId, part: 'clip' | 'tail' | 'thumbnail', cameras: CameraScope) => {
      if (part !== 'clip' || this.#visible(cameras).every((one) => one.id !== id)) return undefined;
      return {
        sizeBytes: sealedBytes.length,
        etag: `"sealed-${id}"`,
        async *read(start: number, end: number) {
          yield sealedBytes.subarray(start, end);
        },
      };
    },
    key: async (id: RecordingId, cameras: CameraScope) =>
      this.#visible(cameras).some((one) => one.id === id) ? sealedBytes.subarray(0, 10) : undefined,
  };

  /** What was asked of the keys, in words. */
  readonly keyChanges: string[] = [];
  readonly keys = {
    facts: async () => ({ escrow: ['age1escrow'], configured: [], dayKeys: 0 }),
    rotate: async (wish: { readonly newPassphrase?: Secret }, by: { readonly who: string | null }) => {
      this.keyChanges.push(`rotate ${wish.newPassphrase === undefined ? '' : 'new '}by ${by.who}`);
      return { recipient: 'age1next', changed: 1, skipped: 0 };
    },
    addEscrow: async (recipient: string) => this.#keyChange(`add ${recipient}`),
    removeEscrow: async (recipient: string) => this.#keyChange(`remove ${recipient}`),
    shred: async (date: string) => {
      this.keyChanges.push(`shred ${date}`);
      return { keys: 1 };
    },
    sheet: async () => {
      this.keyChanges.push('sheet');
      return { recipient: 'age1owner', identity: new Secret('AGE-SECRET-KEY-1TEST') };
    },
  };

  readonly listeners = new Set<(happening: Happening) => void>();
  readonly happenings = {
    listen: (listener: (happening: Happening) => void) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };

  readonly controlled = { recording: false, privacy: false };
  readonly cameraControl = {
    state: () => this.controlled,
    record: () => {
      this.controlled.recording = true;
    },
    stopRecording: () => {
      this.controlled.recording = false;
    },
    setPrivacy: async (_: CameraId, on: boolean) => {
      this.controlled.privacy = on;
    },
  };

  readonly vault = {
    status: () => this.vaultState,
    unlock: async (passphrase: Secret | undefined) => {
      if (passphrase?.reveal() !== 'open sesame now')
        throw new Problem('vault/wrong-passphrase', 'the passphrase is wrong', { status: 403 });
      this.vaultState = { ...this.vaultState, kind: 'open' };
    },
    lock: async () => {
      this.vaultState = { ...this.vaultState, kind: 'locked' };
    },
    createOwner: async (source: { mode: string }) => {
      this.vaultState = { kind: 'open', mode: source.mode, ownerRecipient: 'age1owner' };
      return { recipient: 'age1owner', identity: new Secret('AGE-SECRET-KEY-TEST') };
    },
  };

  readonly live = {
    attach: (socket: LiveSocket, principal: Principal) => {
      this.attached.push({ socket, principal });
    },
  };

  readonly publish = { attach: () => {} };

  readonly hls = {
    file: async (camera: CameraId, name: string) =>
      camera === yard && name === 'index.m3u8'
        ? { contentType: 'application/vnd.apple.mpegurl' as const, bytes: '#EXTM3U\n' }
        : undefined,
  };

  readonly pictures = {
    watch: (camera: CameraId, onPicture: (jpeg: Uint8Array) => void) => {
      if (camera !== yard) throw new Problem('stream/not-live', 'there is no picture at the moment', { status: 503 });
      this.pictureViewers.add(onPicture);
      queueMicrotask(() => onPicture(Buffer.from('first picture')));
      return () => this.pictureViewers.delete(onPicture);
    },
  };

  pending: PendingDeletion | undefined;
  readonly deletions = {
    ask: async () => this.pending,
    list: async () => (this.pending === undefined ? [] : [this.pending]),
    cancel: async () => {},
    confirm: async () => {},
  };

  readonly audit = {
    append: async (written: AuditEntry) => this.entries.push(written),
    tree: () => ({ size: this.entries.length }),
    read: (page: { readonly from: number; readonly limit: number }) => this.#logged(page),
    verify: async () => ({ entries: this.entries.length, root: '', faults: [] }),
    witnesses: () => [
      { kind: 'file' as const, target: '/mnt/elsewhere/checkpoint', state: 'current' as const, size: 3, at: 1000 },
    ],
    refused: ({ kind }: { kind: string }) => {
      this.refusals.push(kind);
    },
  };

  readonly metrics = { text: async () => 'up 1\n' };

  readonly doctor = {
    examine: async () => [
      {
        id: 'bind',
        title: 'Address it listens on',
        status: 'warn' as const,
        findings: [{ status: 'warn' as const, why: 'everywhere', mend: 'set network.bind' }],
      },
    ],
  };

  readonly system = { ready: () => this.isReady };

  endSession(sessionId: string): void {
    for (const listener of this.endedListeners) listener({ sessionId });
  }

  #keyChange(words: string): { changed: number; skipped: number } {
    this.keyChanges.push(words);
    return { changed: 1, skipped: 0 };
  }

  #visible(cameras: CameraScope): RecordingEntry[] {
    this.seenScopes.push(cameras);
    return this.recordingsList.filter((one) => cameras === 'all' || cameras.has(one.camera));
  }

  async *#logged({ from, limit }: { readonly from: number; readonly limit: number }) {
    for (const [index, entry] of this.entries.slice(from, from + limit).entries())
      yield { ...entry, sequence: from + index, at: 0 };
  }

  async *#read(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (this.vaultState.kind !== 'open') throw new Problem('vault/locked', 'the vault is locked', { status: 409 });
    this.readsOpen++;
    try {
      for (let at = start; at < end; at += 65_536) {
        const piece = clipBytes.subarray(at, Math.min(at + 65_536, end));
        this.bytesRead += piece.length;
        yield piece;
      }
    } finally {
      this.readsOpen--;
    }
  }
}

function entry(id: number, of: CameraId, file: string): RecordingEntry {
  return {
    id: id as RecordingId,
    camera: of,
    cameraName: `The ${of}`,
    startAt: Date.UTC(2026, 10, 24, 10, 15),
    durationMs: 12_500,
    file,
    thumbnail: file.replace(/mp4$/, 'jpg'),
    objects: [{ class: 'person', confidence: 0.875, box: [0.25, 0.5, 0.5, 0.25] }],
    confidence: 0.875,
    width: 1920,
    height: 1080,
    retained: true,
    held: false,
    labels: [],
    note: null,
  };
}

function camera(id: CameraId): CameraEntry {
  const state: StreamStateMessage = {
    kind: 'live',
    since: 0,
    lastSampleAt: 1,
    detail: null,
    code: null,
    retryAt: null,
    recording: false,
  };
  return {
    id,
    name: `The ${id}`,
    path: `video/${id}`,
    kind: 'pull',
    source: 'rtsp://ann:hunter2@10.0.0.9/stream?token=abc',
    state,
    width: 1920,
    height: 1080,
    fps: 15,
    substream: false,
    objects: [{ class: 'person', confidence: 0.5, box: [0, 0, 0.5, 0.5] }],
  };
}
