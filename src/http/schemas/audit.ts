/** The audit log, as an admin reads it. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Timestamp } from './common.ts';

export const AuditQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
    before: Type.Optional(
      Type.Integer({ minimum: 0, description: 'entries before this sequence; otherwise the newest' }),
    ),
  },
  { additionalProperties: false },
);

export const AuditPage = Type.Object({
  total: Type.Integer({ description: 'entries there are' }),
  entries: Type.Array(
    Type.Object({
      sequence: Type.Integer(),
      timestamp: Timestamp,
      kind: Type.String(),
      who: Type.Union([Type.String(), Type.Null()]),
      from: Type.Union([Type.String(), Type.Null()], { description: 'address it came from' }),
      camera: Type.Optional(Type.String()),
      detail: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    }),
    { description: 'newest first' },
  ),
});
export type AuditPage = Static<typeof AuditPage>;

export const AuditVerification = Type.Object({
  entries: Type.Integer({ description: 'entries that were looked at' }),
  root: Type.String({ description: 'of the tree over them, base64' }),
  faults: Type.Array(
    Type.Object({ kind: Type.String(), sequence: Type.Optional(Type.Integer()), size: Type.Optional(Type.Integer()) }),
    { description: 'empty where every entry is as it was written' },
  ),
});
export type AuditVerification = Static<typeof AuditVerification>;

export const AuditWitnesses = Type.Object({
  witnesses: Type.Array(
    Type.Object({
      kind: Type.Enum(['file', 'http', 'timestamp']),
      state: Type.Enum(['current', 'waiting', 'failing']),
      size: Type.Union([Type.Integer(), Type.Null()], { description: 'entries of the checkpoint that it has' }),
      since: Type.Union([Timestamp, Type.Null()], { description: 'when it got that' }),
      problem: Type.Optional(Type.String({ description: 'what was wrong at the last try' })),
    }),
    { description: 'in the order of `audit.witnesses`' },
  ),
});
export type AuditWitnesses = Static<typeof AuditWitnesses>;
