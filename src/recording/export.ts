/**
 * A recording to hand to somebody else, as a zip: the clip (in the clear, or encrypted for a recipient), its thumbnail
 * and facts, and what proves that it is what was recorded: the log's entry with the clip's hash, the proof that it is in
 * the log, the signed checkpoint and the key. A page checks it in a browser, and a text says how without it. The whole
 * clip is decrypted and compared with the log before the first byte goes out, so that no damaged clip leaves as evidence.
 */
import { createHash, createPublicKey } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { AuditEntry } from '../audit/entry.ts';
import type { AuditLog, AuditProof } from '../audit/log.ts';
import { inclusionSides } from '../audit/proofs.ts';
import type { Clock } from '../base/clock.ts';
import type { RecordingId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { Recording } from '../catalog/recording-rows.ts';
import type { RecordingQueries } from '../catalog/recordings.ts';
import type { CameraScope } from '../catalog/scope.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { sealFor } from '../vault/seal-for.ts';
import type { Vault } from '../vault/vault.ts';
import { explanation } from './export/explanation.ts';
import { verifyPage } from './export/verify-page.ts';
import type { ZipEntry } from './export/zip.ts';
import { smallEntry, zipArchive } from './export/zip.ts';
import { hashOf } from './reindex.ts';

export interface ExportParts {
  readonly recordings: Pick<RecordingQueries, 'byId'>;
  readonly vault: Pick<Vault, 'openClip' | 'openObject'>;
  readonly store: Pick<ObjectStore, 'open'>;
  readonly audit: Pick<AuditLog, 'append' | 'read' | 'prove'>;
  readonly clock: Clock;
}

export interface ExportWish {
  readonly id: RecordingId;
  readonly scope: CameraScope;
  /** `age1…`: the clip and its thumbnail are encrypted for them. In the clear where it is left out. */
  readonly recipient?: string;
  readonly by: { readonly who: string | null; readonly from: string | null };
}

export interface RecordingExport {
  /** `front-door-2026-11-24-210000-17.zip` */
  readonly fileName: string;
  /** Once. @throws Problem vault/locked, vault/damaged */
  bytes(): AsyncGenerator<Uint8Array>;
}

interface Checked {
  readonly plainBytes: number;
  readonly sha256: string;
  readonly crc: number;
}

/**
 * Written to the audit log before it returns. Undefined where there is no such recording in `scope`.
 * @throws Problem recording/running (409), recording/damaged (409), vault/locked (409), vault/damaged (409),
 *   vault/bad-recipient (422)
 */
export async function openExport(
  parts: ExportParts,
  { id, scope, recipient, by }: ExportWish,
  signal: AbortSignal,
): Promise<RecordingExport | undefined> {
  const recording = await parts.recordings.byId(id, scope);
  if (recording === undefined || recording.state === 'deleted') return undefined;
  if (recording.state === 'open') {
    throw new Problem('recording/running', 'this recording is still being made', {
      status: 409,
      hint: 'wait until it is finished',
    });
  }
  const clip = await checkedClip(parts, recording, signal);
  const finished = await finishedEntry(parts, recording, clip, signal);
  // Refused before anything is written down: an address nobody can read for.
  const target = await clipEntry(parts, recording, clip, recipient);
  const { sequence } = await parts.audit.append({
    ...{ kind: 'recording.exported', ...by, camera: recording.camera },
    detail: { recording: id, plainSha256: clip.sha256, ...(recipient === undefined ? {} : { recipient }) },
  });
  const proof = await parts.audit.prove(finished?.sequence ?? sequence);
  const thumbnail = await thumbnailEntry(parts, recording, recipient);
  const now = parts.clock.now();
  const facts = {
    recording: id,
    camera: recording.camera,
    cameraName: recording.cameraName,
    startedAt: new Date(recording.startAt).toISOString(),
    endedAt: recording.endAt === null ? null : new Date(recording.endAt).toISOString(),
    state: recording.state,
    bytes: clip.plainBytes,
    sha256: clip.sha256,
    exportedAt: new Date(now).toISOString(),
    exportedBy: by.who,
  };
  const entries = [
    target,
    ...(thumbnail === undefined ? [] : [thumbnail]),
    smallEntry('facts.json', `${JSON.stringify(facts, undefined, 2)}\n`),
    ...proofEntries(proof),
    smallEntry('verify.html', verifyPage()),
    smallEntry(
      'README.txt',
      explanation({
        recording: id,
        camera: recording.cameraName,
        startedAt: facts.startedAt,
        kind: recipient === undefined ? 'in the clear' : 'encrypted',
        since: finished === undefined ? 'export' : 'recording',
      }),
    ),
  ];
  const name = recording.file.replace(/\.mp4$/, '').replaceAll('/', '-');
  return { fileName: `${name}.zip`, bytes: () => zipArchive(withSums(entries), now) };
}

/** Decrypts all of it once: every byte must be what was sealed, and the end must be there. */
async function checkedClip({ vault }: ExportParts, recording: Recording, signal: AbortSignal): Promise<Checked> {
  await using reader = await vault.openClip(`${recording.file}.age`);
  if (reader.torn && recording.state === 'finished')
    throw damaged('the end of this recording is missing or was changed');
  const hash = createHash('sha256');
  let crc = 0;
  let plainBytes = 0;
  for await (const piece of reader.read(0, reader.plainBytes)) {
    signal.throwIfAborted();
    hash.update(piece);
    crc = crc32(piece, crc);
    plainBytes += piece.length;
  }
  return { plainBytes, sha256: hash.digest('hex'), crc };
}

/** The entry that has known this video's hash since the recording ended; none for one that a crash tore. */
async function finishedEntry(
  { audit, store }: ExportParts,
  recording: Recording,
  clip: Checked,
  signal: AbortSignal,
): Promise<AuditEntry | undefined> {
  let found: AuditEntry | undefined;
  for await (const entry of audit.read({ limit: Number.POSITIVE_INFINITY })) {
    signal.throwIfAborted();
    if (entry.kind !== 'recording.finished' && entry.kind !== 'recording.torn') continue;
    if (entry.detail?.['recording'] === recording.id) found = entry;
  }
  const plain = found?.detail?.['plainSha256'];
  const sealed = found?.detail?.['sha256'];
  if (typeof plain === 'string') {
    if (plain !== clip.sha256) throw damaged('this recording is not the one that the audit log names');
    return found;
  }
  if (typeof sealed === 'string' && sealed !== (await hashOf(store, `${recording.file}.age`)))
    throw damaged('this recording is not the one that the audit log names');
  return undefined;
}

async function clipEntry(
  { vault }: ExportParts,
  { file }: Recording,
  { plainBytes, crc }: Checked,
  recipient: string | undefined,
): Promise<ZipEntry> {
  async function* plain(): AsyncGenerator<Uint8Array> {
    await using reader = await vault.openClip(`${file}.age`);
    yield* reader.read(0, plainBytes);
  }
  if (recipient === undefined) return { name: 'clip.mp4', sizeBytes: plainBytes, crc, bytes: plain };
  return { name: 'clip.mp4.age', ...(await sealFor(recipient, plainBytes, plain)) };
}

async function thumbnailEntry(
  { vault }: ExportParts,
  { thumbnail }: Recording,
  recipient: string | undefined,
): Promise<ZipEntry | undefined> {
  if (thumbnail === null) return undefined;
  const jpeg = await vault.openObject(`${thumbnail}.age`).catch((error: unknown) => {
    // A clip without its picture is still evidence.
    if (error instanceof Problem && (error.code === 'storage/not-found' || error.code === 'vault/damaged')) return;
    throw error;
  });
  if (jpeg === undefined) return undefined;
  if (recipient === undefined) return smallEntry('thumbnail.jpg', jpeg);
  return { name: 'thumbnail.jpg.age', ...(await sealFor(recipient, jpeg.length, () => [jpeg])) };
}

function proofEntries({ sequence, entry, proof, checkpoint, verifierKey }: AuditProof): ZipEntry[] {
  // C2SP signed-note: the text up to the empty line is signed; base64 of key hash (4 bytes) and signature (64)
  const signed = checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1);
  const [, size] = signed.split('\n');
  const signature = Buffer.from(checkpoint.trimEnd().split(' ').at(-1)!, 'base64').subarray(4);
  const key = Buffer.from(verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
  const hashes = proof.map((hash) => hash.toString('hex'));
  const sides = inclusionSides(sequence, Number(size), hashes.length);
  return [
    smallEntry('entry.json', entry),
    smallEntry('proof.json', `${JSON.stringify({ sequence, hashes }, undefined, 2)}\n`),
    smallEntry('path.txt', hashes.map((hash, index) => `${sides[index]} ${hash}\n`).join('')),
    smallEntry('checkpoint.txt', checkpoint),
    smallEntry('signed.txt', signed),
    smallEntry('signature.bin', signature),
    smallEntry('log-key.txt', `${verifierKey}\n`),
    smallEntry(
      'log-key.pem',
      createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }) as string,
    ),
  ];
}

/** The entries, and at the end `SHA256SUMS` of what passed. */
function withSums(entries: readonly ZipEntry[]): ZipEntry[] {
  const lines: string[] = [];
  const summed = entries.map(
    (entry): ZipEntry => ({
      ...entry,
      async *bytes() {
        const hash = createHash('sha256');
        for await (const piece of entry.bytes()) {
          hash.update(piece);
          yield piece;
        }
        lines.push(`${hash.digest('hex')}  ${entry.name}\n`);
      },
    }),
  );
  const sizeBytes = entries.reduce((sum, { name }) => sum + 64 + 2 + name.length + 1, 0);
  return [...summed, { name: 'SHA256SUMS', sizeBytes, bytes: () => [Buffer.from(lines.join(''))] }];
}

function damaged(detail: string): Problem {
  return new Problem('recording/damaged', detail, { status: 409, hint: '`sentrix recording verify` says more' });
}
