/** What was done here, for admins. */
import { isoTime } from '../dates.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { AuditPage, AuditQuery } from '../schemas/audit.ts';

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
  ];
}
