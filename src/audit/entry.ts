/**
 * One entry of the audit log, and its leaf. The canonical form is JSON with sorted keys and no white space; 16 random
 * bytes in it keep a leaf's hash from telling its content to somebody who guesses (conventions 23).
 */
import { createHash } from 'node:crypto';

export type AuditDetail = Readonly<Record<string, string | number | boolean>>;

/** What happened. */
export interface AuditEvent {
  /** Stable, `folder/past-tense`, such as `access/logged-in`. */
  readonly kind: string;
  /** Account or device, `null` where nobody is signed in. */
  readonly who: string | null;
  /** Address it came from, `null` for the system itself. */
  readonly from: string | null;
  readonly camera?: string;
  readonly detail?: AuditDetail;
}

export interface AuditEntry extends AuditEvent {
  /** From 0, without a gap, within the node's log. */
  readonly sequence: number;
  readonly node: string;
  /** UTC milliseconds. */
  readonly at: number;
}

/** The bytes that are sealed and hashed. `salt`: 16 random bytes. */
export function canonicalEntry(entry: AuditEntry, salt: Uint8Array): Buffer {
  return Buffer.from(canonicalJson({ ...entry, salt: Buffer.from(salt).toString('base64url') }), 'utf8');
}

/** Trusts the bytes: they come out of an AEAD that only this program seals. */
export function parseEntry(bytes: Uint8Array): AuditEntry {
  const { salt: _, ...entry } = JSON.parse(Buffer.from(bytes).toString('utf8')) as AuditEntry & { salt: string };
  return entry;
}

/** Hash of a leaf, RFC 6962 §2.1. */
export function leafHash(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(bytes).digest();
}

/** JSON with the keys of every object in order of their UTF-16 units, as RFC 8785 §3.2.3 has it. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
