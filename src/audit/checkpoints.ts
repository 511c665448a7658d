/**
 * The log's checkpoints on the disk: `NODE.signer` (the signing key's seed, sealed by the service key), `NODE.vkey` (the public
 * key, for whoever verifies) and `NODE.checkpoint`, the newest. One that doesn't fit the log is never written over: it is
 * what shows that the log is an older or another one, and is kept as `NODE.checkpoint.disputed`.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { readSmallFile, writeSmallFile } from '../storage/files.ts';
import { createColumnSeal } from '../vault/column-seal.ts';
import type { ServiceKey } from '../vault/service-key.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CheckpointSigner, tryOpenCheckpoint } from './checkpoint.ts';
import { auditProblem } from './problems.ts';

const maxBytes = 4096;

export interface CheckpointsDeps {
  readonly dir: string;
  readonly node: string;
  readonly serviceKey: ServiceKey;
  readonly log: Log;
}

export class Checkpoints {
  readonly #deps: CheckpointsDeps;
  readonly #signer: CheckpointSigner;

  private constructor(deps: CheckpointsDeps, signer: CheckpointSigner) {
    this.#deps = deps;
    this.#signer = signer;
  }

  /** Throws `vault/unsealable` where the signer isn't of this service key. */
  static async open(deps: CheckpointsDeps): Promise<Checkpoints> {
    const seal = createColumnSeal(deps.serviceKey, 'audit signer');
    const context = `audit/${deps.node}/signer`;
    const path = join(deps.dir, `${deps.node}.signer`);
    const found = await readSmallFile(path, maxBytes);
    const seed = found === undefined ? randomBytes(32) : seal.open(context, found.bytes);
    const signer = new CheckpointSigner(`sentrix/${deps.node}`, seed);
    if (found === undefined) await writeSmallFile(path, seal.seal(context, seed), { exclusive: true });
    seed.fill(0);
    const key = Buffer.from(`${signer.verifierKey()}\n`);
    await writeSmallFile(join(deps.dir, `${deps.node}.vkey`), key, { exclusive: false });
    return new Checkpoints(deps, signer);
  }

  get verifierKey(): string {
    return this.#signer.verifierKey();
  }

  /** Signs and stores; returns the note. Throws errors of `node:fs`. */
  async write(tree: { readonly size: number; readonly root: Buffer }): Promise<string> {
    const note = this.#signer.sign({ origin: this.#signer.name, ...tree });
    await writeSmallFile(this.#path, Buffer.from(note), { exclusive: false });
    return note;
  }

  /** The newest; `undefined` where there is none. Throws `audit/bad-checkpoint` where it isn't ours. */
  async read(): Promise<(Checkpoint & { readonly note: string }) | undefined> {
    const bytes = (await readSmallFile(this.#path, maxBytes))?.bytes;
    if (bytes === undefined) return undefined;
    const note = bytes.toString('utf8');
    const checkpoint = tryOpenCheckpoint(note, this.verifierKey);
    if (checkpoint?.origin !== this.#signer.name)
      throw auditProblem('audit/bad-checkpoint', 'the checkpoint of the audit log is not signed by this log', {
        status: 409,
      });
    return { ...checkpoint, note };
  }

  /** Keeps what is there from being written over. */
  async dispute(): Promise<void> {
    const bytes = (await readSmallFile(this.#path, maxBytes))?.bytes;
    if (bytes === undefined) return;
    try {
      await writeSmallFile(`${this.#path}.disputed`, bytes, { exclusive: true });
    } catch (error) {
      // The first one counts
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    this.#deps.log.error(
      { file: `audit/${this.#deps.node}.checkpoint.disputed` },
      'audit log differs from its checkpoint',
    );
  }

  async disputed(): Promise<boolean> {
    return (await readSmallFile(`${this.#path}.disputed`, maxBytes)) !== undefined;
  }

  get #path(): string {
    return join(this.#deps.dir, `${this.#deps.node}.checkpoint`);
  }
}
