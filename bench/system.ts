/** The real program, in a home of its own, with what every bench wants: an owner who is logged in, and any free ports. */

import type { System } from '../test/support/sentrix.ts';
import { Site } from '../test/support/sentrix.ts';

export const owner = { name: 'owner', password: 'correct horse battery' } as const;

export interface BenchSite {
  /** YAML lines under `cameras:`. */
  readonly cameras: readonly string[];
  readonly detection?: string;
  readonly recording?: string;
}

export async function createSite({ cameras, detection = 'enabled: false', recording = '' }: BenchSite): Promise<Site> {
  const site = await Site.create(
    (at) => `
cameras:
${cameras.map((line) => `  - ${line}`).join('\n')}
network: { api_port: 0 }
detection: { port: 0, ${detection} }
recording: { recordings_dir: "${at.recordings}", ${recording} }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
  );
  await site.addUser(owner.name, 'admin', owner.password);
  return site;
}

/** Resolves when every camera is live. */
export async function allLive(system: System, limitMs = 30_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { cameras } = (await system.ask('/api/cameras')).json<{ cameras: { state: { kind: string } }[] }>();
    if (cameras.length > 0 && cameras.every(({ state }) => state.kind === 'live')) return;
    if (performance.now() > deadline) throw new Error(`cameras: ${cameras.map(({ state }) => state.kind).join(' ')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
