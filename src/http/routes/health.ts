/** For whatever watches the process. Says nothing else to anybody. */
import { Type } from 'typebox';
import type { Parts } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';

const Health = Type.Object({ status: Type.String() });

export function healthRoutes({ system }: Pick<Parts, 'system'>): Route[] {
  return [
    route({
      method: 'GET',
      url: '/healthz',
      summary: 'The process answers',
      access: 'open',
      limit: 'none',
      schema: { answer: Health },
      handler: () => ({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      url: '/readyz',
      summary: 'All that the configuration asks for runs (else 503)',
      access: 'open',
      limit: 'none',
      schema: { answer: Health },
      handler: ({ reply }) => {
        if (system.ready()) return { status: 'ready' };
        return reply.code(503).send({ status: 'starting' });
      },
    }),
  ];
}
