/**
 * The audit log of a node: who did, saw, deleted, failed. Append-only; each entry is sealed under a key of the service
 * key and is a leaf of an RFC 6962 tree. `append` resolves when the entry is on the disk, so a change can wait for it
 * before it is acknowledged; appends that wait together share one fsync. Signed checkpoints come with #6.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import { makePrivateFolder } from '../storage/files.ts';
import type { ColumnSeal } from '../vault/column-seal.ts';
import { createColumnSeal } from '../vault/column-seal.ts';
import type { ServiceKey } from '../vault/service-key.ts';
import type { AuditEntry, AuditEvent } from './entry.ts';
import { canonicalEntry, leafHash, parseEntry } from './entry.ts';
import type { LogLine } from './line.ts';
import { formatLine } from './line.ts';
import { LogFile } from './log-file.ts';
import { CompactRange } from './merkle.ts';
import { auditProblem } from './problems.ts';
import { Refusals } from './refusals.ts';

export interface AuditLogDeps {
  /** `HOME/audit`; made where it is missing. */
  readonly dir: string;
  readonly serviceKey: ServiceKey;
  /** The node's name, `[A-Za-z0-9_-]{1,64}`; part of the file's name and of every entry. */
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
}

const maxWaiting = 4096;
const maxEntryBytes = 8192;
const refusalsEveryMs = 60_000;

interface Waiting {
  readonly event: AuditEvent;
  readonly at: number;
  resolve(appended: { sequence: number }): void;
  reject(error: unknown): void;
}

/** Throws `audit/damaged` where a line isn't what was written; a torn last line is cut off and said. */
export async function openAuditLog(deps: AuditLogDeps): Promise<AuditLog> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(deps.node))
    throw new RangeError('a node name is 1 to 64 of A-Z, a-z, 0-9, _ and -');
  await makePrivateFolder(deps.dir);
  const tree = new CompactRange();
  const { file, tornBytes } = await LogFile.open(join(deps.dir, `${deps.node}.entries`), (line) => tree.add(line.leaf));
  if (tornBytes > 0) deps.log.warn({ tornBytes, entries: tree.size }, 'audit log mended after a crash');
  return new AuditLog(deps, file, tree);
}

export class AuditLog {
  readonly #deps: AuditLogDeps;
  readonly #file: LogFile;
  readonly #tree: CompactRange;
  readonly #seal: ColumnSeal;
  readonly #refusals = new Refusals();
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #refusalTimer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Use `openAuditLog`. */
  constructor(deps: AuditLogDeps, file: LogFile, tree: CompactRange) {
    this.#deps = deps;
    this.#file = file;
    this.#tree = tree;
    this.#seal = createColumnSeal(deps.serviceKey, 'audit entries');
  }

  /**
   * Appends one entry; resolves when it is durable. Throws `audit/unwritable` where the disk refuses (nothing was
   * appended), `audit/overloaded` where 4096 wait, `audit/entry-too-long`, `audit/closed`.
   */
  async append(event: AuditEvent): Promise<{ sequence: number }> {
    if (this.#closed) throw auditProblem('audit/closed', 'the audit log is closed');
    if (Buffer.byteLength(JSON.stringify(event)) > maxEntryBytes)
      throw auditProblem('audit/entry-too-long', 'an audit entry is too long', {
        status: 422,
        safe: { kind: event.kind },
      });
    if (this.#waiting.length >= maxWaiting)
      throw auditProblem('audit/overloaded', 'too many audit entries wait for the disk', { retryAfterSeconds: 1 });
    const { promise, resolve, reject } = Promise.withResolvers<{ sequence: number }>();
    this.#waiting.push({ event, at: this.#deps.clock.now(), resolve, reject });
    this.#writing ??= this.#write();
    return promise;
  }

  /** Counts a refusal; it becomes an entry `kind` with `detail.count` within a minute, or at the end. Never throws. */
  refused(refusal: { readonly address: string; readonly kind: string }): void {
    if (this.#closed) return;
    if (!this.#refusals.add(refusal.address.slice(0, 64), refusal.kind.slice(0, 64))) return;
    this.#refusalTimer = setTimeout(() => void this.flushRefusals(), refusalsEveryMs);
    this.#refusalTimer.unref();
  }

  /** Appends the counts so far; a failure is logged, for nobody waits who could do anything. */
  async flushRefusals(): Promise<void> {
    clearTimeout(this.#refusalTimer);
    const entries = this.#refusals
      .take()
      .map(({ address, kind, count }) => this.append({ kind, who: null, from: address, detail: { count } }));
    for (const result of await Promise.allSettled(entries))
      if (result.status === 'rejected') this.#deps.log.error(describeError(result.reason), 'refusals not logged');
  }

  /**
   * Entries in order from sequence `from` (0 unless told), at most `limit`. Throws `audit/damaged`, and
   * `vault/unsealable` where an entry isn't of this service key.
   */
  async *read(options: { readonly from?: number; readonly limit: number }): AsyncIterable<AuditEntry> {
    let left = options.limit;
    if (left <= 0) return;
    for await (const line of this.#file.read(Math.max(0, options.from ?? 0))) {
      yield this.#opened(line);
      if (--left <= 0) return;
    }
  }

  /** The tree as it is on disk: entries and root hash (32 bytes). */
  tree(): { readonly size: number; readonly root: Buffer } {
    return { size: this.#tree.size, root: this.#tree.root() };
  }

  /** Writes what waits, the refusals included, and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    await this.flushRefusals();
    this.#closed = true;
    await this.#writing;
    await this.#file.close();
  }

  #opened(line: LogLine): AuditEntry {
    const bytes = this.#seal.open(this.#context(line.sequence), line.sealed);
    if (!leafHash(bytes).equals(line.leaf))
      throw auditProblem('audit/damaged', 'an audit entry does not fit its hash', {
        status: 500,
        safe: { sequence: line.sequence },
      });
    return parseEntry(bytes);
  }

  /** Never rejects: a failure goes to those who wait. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      // The sequence is given here and not on arrival: a batch that fails leaves no gap
      const first = this.#file.lines;
      const lines: LogLine[] = [];
      try {
        for (const { event, at } of batch) lines.push(this.#sealed(event, at, first + lines.length));
        await this.#file.append(lines.map(formatLine));
      } catch (cause) {
        const problem = auditProblem('audit/unwritable', 'the audit log cannot be written', {
          hint: 'look at the disk of the home',
          cause,
        });
        for (const { reject } of batch) reject(problem);
        continue;
      }
      for (const [index, { resolve }] of batch.entries()) {
        this.#tree.add(lines[index]!.leaf);
        resolve({ sequence: first + index });
      }
    }
    this.#writing = undefined;
  }

  #sealed(event: AuditEvent, at: number, sequence: number): LogLine {
    const { kind, who, from, camera, detail } = event;
    const entry: AuditEntry = {
      sequence,
      node: this.#deps.node,
      at,
      kind,
      who,
      from,
      ...(camera === undefined ? {} : { camera }),
      ...(detail === undefined ? {} : { detail }),
    };
    const bytes = canonicalEntry(entry, randomBytes(16));
    return { sequence, leaf: leafHash(bytes), sealed: this.#seal.seal(this.#context(sequence), bytes) };
  }

  #context(sequence: number): string {
    return `audit/${this.#deps.node}/${sequence}`;
  }
}
