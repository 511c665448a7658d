/** What was done here, for admins. */
import { isoTime } from '../dates.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { AuditPage, AuditQuery, AuditVerification, AuditWitnesses } from '../schemas/audit.ts';

/** A log that was tampered with may be wrong in every line; a hundred say so. */
const mostFaults = 100;

export function auditRoutes({ audit }: Pick<Parts, 'audit'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/audit',
      summary: 'Entries of the audit log, newest first',
      access: { action: 'audit.view' },
      schema: { query: AuditQuery, answer: AuditPage },
      handler: async ({ query }): Promise<AuditPage> => {
        const total = audit.tree().size;
        const before = Math.min(query.before ?? total, total);
        const from = Math.max(0, before - query.limit);
        const entries: AuditPage['entries'] = [];
        if (before > from)
          for await (const { at, ...entry } of audit.read({ from, limit: before - from })) {
            const { sequence, kind, who, from: address, camera, detail } = entry;
            entries.unshift({
              ...{ sequence, timestamp: isoTime(at), kind, who, from: address },
              ...(camera === undefined ? {} : { camera }),
              ...(detail === undefined ? {} : { detail: { ...detail } }),
            });
          }
        return { total, entries };
      },
    }),
    route({
      method: 'GET',
      url: '/api/audit/verification',
      summary: 'Look at every entry of the audit log and at its newest checkpoint',
      access: { action: 'audit.view' },
      schema: { answer: AuditVerification },
      handler: async (): Promise<AuditVerification> => {
        const { entries, root, faults } = await audit.verify();
        return {
          entries,
          root,
          faults: faults.slice(0, mostFaults).map(({ kind, sequence, size }) => ({
            kind,
            ...(sequence === undefined ? {} : { sequence }),
            ...(size === undefined ? {} : { size }),
          })),
        };
      },
    }),
    route({
      method: 'GET',
      url: '/api/audit/witnesses',
      summary: 'Which witnesses have the newest checkpoint',
      access: { action: 'audit.view' },
      schema: { answer: AuditWitnesses },
      // Where they are stays here: paths and addresses are the configuration's
      handler: async (): Promise<AuditWitnesses> => ({
        witnesses: audit.witnesses().map(({ kind, state, size, at, problem }) => ({
          ...{ kind, state, size },
          since: at === null ? null : isoTime(at),
          ...(problem === undefined ? {} : { problem }),
        })),
      }),
    }),
  ];
}
