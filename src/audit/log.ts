/**
 * The audit log of a node: who did, saw, deleted, failed. Append-only; each entry is sealed under a key of the service
 * key and is a leaf of an RFC 6962 tree. `append` resolves when the entry is on the disk, so a change can wait for it
 * before it is acknowledged; appends that wait together share one fsync. A signed
 * checkpoint is made each minute in which something came, and at the end.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import { makePrivateFolder } from '../storage/files.ts';
import type { ColumnSeal } from '../vault/column-seal.ts';
import { createColumnSeal } from '../vault/column-seal.ts';
import type { ServiceKey } from '../vault/service-key.ts';
import type { Checkpoint } from './checkpoint.ts';
import { tryOpenCheckpoint } from './checkpoint.ts';
import { Checkpoints } from './checkpoints.ts';
import type { AuditEntry, AuditEvent } from './entry.ts';
import { canonicalEntry, leafHash, parseEntry } from './entry.ts';
import { EntryOrder } from './entry-order.ts';
import type { AuditFault } from './fault.ts';
import type { LogLine } from './line.ts';
import { formatLine } from './line.ts';
import { LogFile } from './log-file.ts';
import { CompactRange } from './merkle.ts';
import { auditProblem } from './problems.ts';
import { consistencyProof, inclusionProof } from './proofs.ts';
import { Refusals } from './refusals.ts';
import type { WitnessWish } from './witness.ts';
import type { WitnessState } from './witnesses.ts';
import { Witnesses } from './witnesses.ts';

export interface AuditLogDeps {
  /** `HOME/audit`; made where it is missing. */
  readonly dir: string;
  readonly serviceKey: ServiceKey;
  /** The node's name, `[A-Za-z0-9_-]{1,64}`; part of the file's name and of every entry. */
  readonly node: string;
  /** Places outside this machine that get each checkpoint. */
  readonly witnesses?: readonly WitnessWish[];
  readonly clock: Clock;
  readonly log: Log;
}

/** What somebody else needs to see that an entry is in the log. */
export interface AuditProof {
  readonly sequence: number;
  readonly entry: Buffer;
  /** RFC 6962 audit path, from the leaf up. */
  readonly proof: readonly Buffer[];
  /** Signed note. */
  readonly checkpoint: string;
  readonly verifierKey: string;
}

export interface AuditVerification {
  readonly entries: number;
  /** Base64. */
  readonly root: string;
  readonly faults: readonly AuditFault[];
}

const maxWaiting = 4096;
const maxEntryBytes = 8192;
const refusalsEveryMs = 60_000;
const checkpointEveryMs = 60_000;
/** What the end waits for witnesses, at most. */
const witnessesMs = 1500;

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
  const checkpoints = await Checkpoints.open(deps);
  const newest = await checkpoints.read().catch(async (error: unknown) => {
    if (!(error instanceof Problem) || error.code !== 'audit/bad-checkpoint') throw error;
    await checkpoints.dispute();
    return undefined;
  });
  let fits = newest === undefined;
  const compare = (): void => {
    if (tree.size === newest?.size) fits = tree.root().equals(newest.root);
  };
  compare();
  const { file, tornBytes } = await LogFile.open(join(deps.dir, `${deps.node}.entries`), (line) => {
    tree.add(line.leaf);
    compare();
  });
  if (tornBytes > 0) deps.log.warn({ tornBytes, entries: tree.size }, 'audit log mended after a crash');
  if (!fits) await checkpoints.dispute();
  return new AuditLog(deps, file, tree, checkpoints);
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
  readonly #checkpoints: Checkpoints;
  readonly #checkpointTimer: NodeJS.Timeout;
  readonly #witnesses: Witnesses;
  #checkpointed = -1;
  #closed = false;

  /** Use `openAuditLog`. */
  constructor(deps: AuditLogDeps, file: LogFile, tree: CompactRange, checkpoints: Checkpoints) {
    this.#deps = deps;
    this.#checkpoints = checkpoints;
    this.#checkpointTimer = setInterval(() => {
      this.checkpoint().catch((error: unknown) => deps.log.error(describeError(error), 'checkpoint not written'));
    }, checkpointEveryMs);
    this.#checkpointTimer.unref();
    this.#file = file;
    this.#tree = tree;
    this.#seal = createColumnSeal(deps.serviceKey, 'audit entries');
    this.#witnesses = new Witnesses({
      ...{ dir: deps.dir, node: deps.node, clock: deps.clock, log: deps.log },
      witnesses: deps.witnesses ?? [],
      verifierKey: checkpoints.verifierKey,
      consistency: (from, size) => this.#consistency(from, size),
    });
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

  /** Signs the tree as it is and keeps that on the disk; nothing to do where it is the same as before. */
  async checkpoint(): Promise<void> {
    const tree = this.tree();
    if (tree.size === this.#checkpointed) return;
    const note = await this.#checkpoints.write(tree);
    this.#checkpointed = tree.size;
    // An empty log is nothing to witness
    if (tree.size > 0) this.#witnesses.offer({ note, size: tree.size, at: this.#deps.clock.now() });
  }

  /** How far each witness has come. */
  witnesses(): WitnessState[] {
    return this.#witnesses.states();
  }

  /**
   * Proves that entry `sequence` is in the log: the entry's canonical bytes are its leaf (RFC 6962 hash), `proof` leads from
   * there to the root of `checkpoint`, which `verifierKey` has signed. Throws `audit/no-entry`, `audit/damaged`.
   */
  async prove(sequence: number): Promise<AuditProof> {
    await this.checkpoint();
    const { size, root } = this.tree();
    if (!(sequence >= 0 && sequence < size))
      throw auditProblem('audit/no-entry', 'there is no such entry in the audit log', {
        status: 404,
        safe: { sequence },
      });
    const leaves: Buffer[] = [];
    let entry: Buffer | undefined;
    for await (const line of this.#file.read(0)) {
      if (line.sequence >= size) break;
      leaves.push(line.leaf);
      if (line.sequence === sequence) entry = this.#bytesOf(line);
    }
    const signed = await this.#checkpoints.read();
    // Whatever was appended meanwhile is in a later one
    if (signed === undefined || signed.size !== size || !signed.root.equals(root)) return await this.prove(sequence);
    return {
      sequence,
      entry: entry!,
      proof: inclusionProof(leaves, sequence),
      checkpoint: signed.note,
      verifierKey: this.#checkpoints.verifierKey,
    };
  }

  /**
   * Looks at every entry, at the newest checkpoint, and at those kept from before (`earlier`: notes), and says each thing that
   * is wrong. Throws `audit/damaged` where a line of the file can't even be read.
   */
  async verify(earlier: readonly string[] = []): Promise<AuditVerification> {
    const faults: AuditFault[] = [];
    const wanted = new Map<number, { readonly root: Buffer; readonly what: 'checkpoint' | 'earlier checkpoint' }[]>();
    const want = (checkpoint: Checkpoint, what: 'checkpoint' | 'earlier checkpoint'): void => {
      wanted.set(checkpoint.size, [...(wanted.get(checkpoint.size) ?? []), { root: checkpoint.root, what }]);
    };
    try {
      const newest = await this.#checkpoints.read();
      if (newest !== undefined) want(newest, 'checkpoint');
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'audit/bad-checkpoint') throw error;
      faults.push({ kind: 'checkpoint not signed by this log' });
    }
    for (const note of earlier) {
      const opened = tryOpenCheckpoint(note, this.#checkpoints.verifierKey);
      if (opened === undefined) faults.push({ kind: 'checkpoint not signed by this log' });
      else want(opened, 'earlier checkpoint');
    }
    if (await this.#checkpoints.disputed())
      faults.push({ kind: 'log differed from its checkpoint when it was opened' });
    const tree = new CompactRange();
    const check = (): void => {
      for (const { root, what } of wanted.get(tree.size) ?? [])
        if (!root.equals(tree.root())) faults.push({ kind: `log differs from the ${what}`, size: tree.size });
    };
    check();
    const order = new EntryOrder();
    for await (const line of this.#file.read(0)) {
      order.next((sequence) => this.#isEntry(line, sequence));
      tree.add(line.leaf);
      check();
    }
    faults.push(...order.faults());
    for (const [size, of] of wanted)
      if (size > tree.size) for (const { what } of of) faults.push({ kind: `log is older than the ${what}`, size });
    return { entries: tree.size, root: tree.root().toString('base64'), faults };
  }

  /** Writes what waits, the refusals included, and closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    await this.flushRefusals();
    this.#closed = true;
    await this.#writing;
    clearInterval(this.#checkpointTimer);
    await this.checkpoint().catch((error: unknown) =>
      this.#deps.log.error(describeError(error), 'checkpoint not written'),
    );
    await this.#witnesses.close(witnessesMs);
    await this.#file.close();
  }

  async #consistency(from: number, size: number): Promise<readonly Buffer[]> {
    const leaves: Buffer[] = [];
    for await (const { leaf } of this.#file.read(0)) {
      if (leaves.length === size) break;
      leaves.push(leaf);
    }
    return consistencyProof(leaves, from);
  }

  /** Is this line what was sealed as entry `sequence`? The seal holds its number. */
  #isEntry(line: LogLine, sequence: number): boolean {
    try {
      this.#bytesOf(line, sequence);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return false;
    }
  }

  #opened(line: LogLine): AuditEntry {
    return parseEntry(this.#bytesOf(line));
  }

  #bytesOf(line: LogLine, sequence: number = line.sequence): Buffer {
    const bytes = this.#seal.open(this.#context(sequence), line.sealed);
    if (!leafHash(bytes).equals(line.leaf))
      throw auditProblem('audit/damaged', 'an audit entry does not fit its hash', {
        status: 500,
        safe: { sequence: line.sequence },
      });
    return bytes;
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
