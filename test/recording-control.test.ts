/** What a person tells a camera to do, and what is missing afterwards, with its reason. The drawn camera stands in for one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

interface Span {
  readonly start: string;
  readonly end: string | null;
}
interface Day {
  readonly cameras: {
    readonly stream_id: string;
    readonly recordings: (Span & { readonly id: number; readonly reason: string; readonly state: string })[];
    readonly losses: (Span & { readonly reason: string })[];
  }[];
}
interface Camera {
  readonly id: string;
  readonly state: { readonly kind: string; readonly code: string | null };
}

describe('a camera under its owner', () => {
  let site: Site;
  let system: System;

  before(async () => {
    site = await Site.create(
      (at) => `
timezone: Etc/UTC
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", mode: events, pre_buffer_seconds: 1 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    await start();
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  async function start(): Promise<void> {
    system = await site.start();
    await system.login('owner', 'correct horse battery');
  }
  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await system.ask(path, { method: 'POST', body });
    assert.equal(answer.status, 200, answer.body.toString());
  };
  const today = async () => {
    const day = new Date().toISOString().slice(0, 10);
    const { cameras } = (await system.ask(`/api/timeline?day=${day}&stream_id=demo`)).json<Day>();
    return cameras[0]!;
  };
  const becomes = (kind: string) =>
    eventually(`the camera is ${kind}`, async () => {
      const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: Camera[] }>();
      return cameras.find(({ state }) => state.kind === kind);
    });

  it('is recorded by hand, and says that it was', async () => {
    await becomes('live');
    await post('/api/cameras/demo/record', { action: 'start' });
    await eventually('a clip is open', async () => (await today()).recordings.find(({ state }) => state === 'open'));
    await post('/api/cameras/demo/record', { action: 'stop' });
    const clip = await eventually('the clip is finished', async () =>
      (await today()).recordings.find(({ state }) => state === 'finished'),
    );
    assert.equal(clip.reason, 'manual');
  });

  it('shows and records nothing while privacy is on, over a restart too', async () => {
    await post('/api/cameras/demo/privacy', { on: true });
    assert.equal((await becomes('disabled')).state.code, 'camera/privacy');
    await eventually('the loss is written', async () =>
      (await today()).losses.find(({ reason, end }) => reason === 'privacy' && end === null),
    );
    const wish = await system.ask('/api/cameras/demo/record', { method: 'POST', body: { action: 'start' } });
    assert.equal(wish.status, 409);
    await system.process.stop();
    await start();
    assert.equal((await becomes('disabled')).state.code, 'camera/privacy');
    await post('/api/cameras/demo/privacy', { on: false });
    await becomes('live');
    const { losses } = await eventually('nothing is missing any more', async () => {
      const day = await today();
      return day.losses.every(({ end }) => end !== null) ? day : undefined;
    });
    assert.ok(losses.some(({ reason }) => reason === 'privacy'));
  });

  it('has the time in which nobody was there under its reason', async () => {
    process.kill(system.ready.pid, 'SIGKILL');
    await system.process.ended();
    await start();
    const losses = await eventually('the loss is over', async () => {
      const day = await today();
      return day.losses.some(({ reason, end }) => reason === 'crash' && end !== null) ? day.losses : undefined;
    });
    const sorted = losses.map(({ start, end }) => [Date.parse(start), Date.parse(end!)] as const);
    for (const [index, [from]] of sorted.entries())
      if (index > 0) assert.ok(from >= sorted[index - 1]![1], 'no second is missing twice');
  });
});
