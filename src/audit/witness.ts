/** The three kinds of witness: each takes a checkpoint to a place outside this machine, or throws why it couldn't. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../base/problem.ts';
import { readSmallFile, writeSmallFile } from '../storage/files.ts';
import { tryOpenCheckpoint } from './checkpoint.ts';
import { auditProblem } from './problems.ts';
import { checkTimestamp, timestampRequest } from './timestamp.ts';

export interface WitnessWish {
  readonly kind: 'file' | 'http' | 'timestamp';
  /** An absolute path (or `file:` URL), or an http(s) URL. */
  readonly target: string;
}

export interface OfferedCheckpoint {
  /** Signed note. */
  readonly note: string;
  readonly size: number;
  /** UTC ms. */
  readonly at: number;
}

export interface WitnessPlace {
  /** `HOME/audit`. */
  readonly dir: string;
  readonly node: string;
  readonly verifierKey: string;
  /** That the log of `size` entries begins with that of `from` (RFC 6962 §2.1.2); `from` is at least 1. */
  consistency(from: number, size: number): Promise<readonly Buffer[]>;
}

export interface Witness {
  /** The least time between two checkpoints. */
  readonly everyMs: number;
  /** @throws Problem audit/witness-refused, audit/witness-ahead, audit/witness-unreachable */
  take(checkpoint: OfferedCheckpoint, signal: AbortSignal): Promise<void>;
}

const maxNoteBytes = 4096;
const maxAnswerBytes = 256 * 1024;
const answerMs = 10_000;
const hourMs = 3_600_000;

export function witnessOf(wish: WitnessWish, place: WitnessPlace): Witness {
  switch (wish.kind) {
    case 'file': {
      const path = wish.target.startsWith('file:') ? fileURLToPath(wish.target) : wish.target;
      return { everyMs: 0, take: (checkpoint) => intoFile(path, checkpoint, place) };
    }
    case 'http':
      return { everyMs: 0, take: (checkpoint, signal) => toWitness(wish.target, checkpoint, place, signal) };
    case 'timestamp':
      // Authorities are others' machines, and an hour is close enough
      return { everyMs: hourMs, take: (checkpoint, signal) => stamped(wish.target, checkpoint, place, signal) };
    default:
      return wish.kind satisfies never;
  }
}

/** Holds the newest. One that is later than ours stays: it is the proof that this log is an older copy. */
async function intoFile(path: string, { note, size }: OfferedCheckpoint, place: WitnessPlace): Promise<void> {
  try {
    const found = (await readSmallFile(path, maxNoteBytes))?.bytes.toString('utf8');
    if (found !== undefined) {
      const there = tryOpenCheckpoint(found, place.verifierKey);
      if (there === undefined) throw refused('the file of the witness holds no checkpoint of this log');
      if (there.size > size) throw ahead(there.size);
    }
    await writeSmallFile(path, Buffer.from(note), { exclusive: false });
  } catch (error) {
    throw error instanceof Problem ? error : unreachable('the file of the witness cannot be written', error);
  }
}

/** C2SP tlog-witness, `add-checkpoint`. What a witness answers that knows another size tells us from where to prove. */
async function toWitness(
  target: string,
  { note, size }: OfferedCheckpoint,
  place: WitnessPlace,
  signal: AbortSignal,
): Promise<void> {
  const url = `${target.replace(/\/+$/, '')}/add-checkpoint`;
  let from = 0;
  for (let tries = 0; tries < 2; tries++) {
    const proof = from === 0 || from === size ? [] : await place.consistency(from, size);
    const body = `old ${from}\n${proof.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${note}`;
    const { status, bytes } = await ask(url, 'text/plain', body, signal);
    if (status === 200) {
      const name = `${place.node}.cosigned-${createHash('sha256').update(target).digest('hex').slice(0, 12)}`;
      await writeSmallFile(join(place.dir, name), Buffer.from(`${note}${bytes.toString('utf8')}`), {
        exclusive: false,
      });
      return;
    }
    const known = /^(\d{1,15})\n?$/.exec(bytes.toString('latin1'))?.[1];
    if (status !== 409 || known === undefined) throw refused(`the witness answered ${status}`);
    from = Number(known);
    if (from > size) throw ahead(from);
  }
  throw refused('the witness knows another log of this name');
}

/** The last one of each day is kept, beside the note that it is of. */
async function stamped(
  url: string,
  { note, at }: OfferedCheckpoint,
  { dir, node }: WitnessPlace,
  signal: AbortSignal,
): Promise<void> {
  const nonce = randomBytes(8);
  const { status, bytes } = await ask(url, 'application/timestamp-query', timestampRequest(note, nonce), signal);
  if (status !== 200) throw refused(`the timestamp authority answered ${status}`);
  checkTimestamp(bytes, note, nonce);
  const stem = join(dir, `${node}-${new Date(at).toISOString().slice(0, 10)}`);
  await writeSmallFile(`${stem}.note`, Buffer.from(note), { exclusive: false });
  await writeSmallFile(`${stem}.tsr`, bytes, { exclusive: false });
}

async function ask(
  url: string,
  contentType: string,
  body: string | Buffer,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly bytes: Buffer }> {
  try {
    const response = await fetch(url, {
      ...{ method: 'POST', redirect: 'error', headers: { 'content-type': contentType } },
      body: typeof body === 'string' ? body : new Uint8Array(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of response.body ?? []) {
      length += piece.length;
      if (length > maxAnswerBytes) throw refused('the answer of the witness is too long');
      pieces.push(piece);
    }
    return { status: response.status, bytes: Buffer.concat(pieces) };
  } catch (error) {
    throw error instanceof Problem ? error : unreachable('the witness does not answer', error);
  }
}

function ahead(size: number): Problem {
  return auditProblem('audit/witness-ahead', `the witness has seen ${size} entries: this log is an older copy`, {
    status: 409,
    safe: { size },
  });
}

function refused(detail: string): Problem {
  return auditProblem('audit/witness-refused', detail, { status: 503 });
}

function unreachable(detail: string, cause: unknown): Problem {
  return auditProblem('audit/witness-unreachable', detail, { status: 503, cause });
}
