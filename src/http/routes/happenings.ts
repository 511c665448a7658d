/** What happens now, as server-sent events (HTML Living Standard, section 9.2). */
import { Readable } from 'node:stream';
import { Problem } from '../../base/problem.ts';
import type { Happening, Parts, Principal } from '../parts.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { untilEnded } from '../until-ended.ts';

/** A browser holds six connections to us; a program one. */
const perAccount = 12;
const inAll = 200;
/** What one that doesn't read may have waiting. It connects anew and asks the lists for what it missed. */
const mostWaitingBytes = 64 * 1024;
/** Tells both sides that the other is there. */
const beatEveryMs = 15_000;

export function happeningRoutes({
  access,
  happenings,
  streams,
}: Pick<Parts, 'access' | 'happenings' | 'streams'>): Route[] {
  const open = new Map<Principal['accountId'], number>();
  return [
    route({
      method: 'GET',
      url: '/api/events/stream',
      summary: 'What happens now: events, recordings and states of cameras, as server-sent events',
      access: { action: 'event.view' },
      handler: ({ cameras, principal, request, reply, signal }) => {
        // Whoever doesn't know what it is would wait for its end.
        if (!(request.headers.accept ?? '').includes('text/event-stream')) {
          throw new Problem('http/invalid', 'this is a stream of events without an end', {
            status: 422,
            hint: 'ask for it with the header Accept: text/event-stream',
          });
        }
        reply.header('content-type', 'text/event-stream; charset=utf-8');
        reply.header('cache-control', 'no-store');
        if (request.method === 'HEAD') return reply.send();
        const { accountId } = principal;
        const mine = open.get(accountId) ?? 0;
        const all = [...open.values()].reduce((sum, n) => sum + n, 0);
        if (mine >= perAccount || all >= inAll) {
          throw new Problem('http/too-many-streams', 'there are too many open streams of events', {
            status: 429,
            retryAfterSeconds: 30,
          });
        }
        open.set(accountId, mine + 1);
        const body = new EventLines();
        const listening = happenings.listen((happening) => {
          // Asked anew each time: rights change while a stream is open.
          if (access.authorize(principal, 'event.view', happening.camera).allowed) body.say(happening);
        });
        const release = untilEnded(access, principal, () => body.destroy());
        const beat = setInterval(() => body.line(':\n\n'), beatEveryMs);
        body.once('close', () => {
          clearInterval(beat);
          listening();
          release();
          const left = (open.get(accountId) ?? 1) - 1;
          if (left > 0) open.set(accountId, left);
          else open.delete(accountId);
        });
        body.line('retry: 3000\n\n');
        for (const { id, state } of streams.list(cameras)) body.say({ kind: 'camera', camera: id, state });
        signal.addEventListener('abort', () => body.destroy(), { once: true });
        return reply.send(body);
      },
    }),
  ];
}

class EventLines extends Readable {
  constructor() {
    super({ highWaterMark: mostWaitingBytes });
  }

  override _read(): void {}

  say(happening: Happening): void {
    const { kind, camera } = happening;
    const data =
      kind === 'camera'
        ? { stream_id: camera, state: happening.state }
        : {
            stream_id: camera,
            id: kind === 'event' ? happening.event : happening.recording,
            state: happening.state,
          };
    // JSON has no bare line breaks: what a camera is called can't end a line.
    this.line(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  line(text: string): void {
    if (this.destroyed) return;
    if (this.readableLength + text.length > mostWaitingBytes) this.destroy();
    else this.push(text);
  }
}
