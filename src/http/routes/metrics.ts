/** For Prometheus, with an API token made for `system.view` and nothing else. */
import { expositionType } from '../../base/exposition.ts';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';

export function metricsRoutes({ metrics }: Pick<Parts, 'metrics'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/metrics',
      summary: 'Measurements in the text format of Prometheus',
      access: { action: 'system.view' },
      handler: async ({ reply }) => {
        reply.header('content-type', expositionType);
        return await metrics.text();
      },
    }),
  ];
}
