/** The deployment checklist, for admins. */
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { DoctorReport } from '../schemas/doctor.ts';

export function doctorRoutes({ doctor }: Pick<Parts, 'doctor'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/doctor',
      summary: 'The deployment checklist, each point looked at on this machine',
      access: { action: 'system.view' },
      schema: { answer: DoctorReport },
      handler: async ({ signal }): Promise<DoctorReport> => ({
        checks: (await doctor.examine(signal)).map(({ id, title, status, findings }) => ({
          ...{ id, title, status },
          findings: findings.map(({ status: found, why, mend }) => ({
            ...{ status: found, why },
            ...(mend === undefined ? {} : { mend }),
          })),
        })),
      }),
    }),
  ];
}
