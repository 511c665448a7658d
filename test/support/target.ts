/** What the attacks are tried on: two cameras, one account of each role for one of them, and one that has nothing. */
import type { Started } from './process.ts';
import { eventually, start } from './process.ts';
import type { System } from './sentrix.ts';
import { Site } from './sentrix.ts';

export const accounts = {
  admin: { name: 'owner', password: 'a heron waded past noon' },
  viewer: { name: 'watcher', password: 'two otters under the pier' },
  publisher: { name: 'phone', password: 'publish-only-with-this-long-one' },
  stranger: { name: 'guest', password: 'no camera was granted yet' },
  /** Publishes anywhere. */
  cameras: { name: 'cameras', password: 'all-of-the-cameras-publish-so' },
} as const;
export type AccountRole = keyof typeof accounts;

/** `name:password`, as Basic has it. */
export function basicOf(role: AccountRole): string {
  return `${accounts[role].name}:${accounts[role].password}`;
}

export async function createTarget(more = '', recording = 'enabled: false'): Promise<Site> {
  const site = await Site.create(
    (at) => `
cameras:
  - video/front-door
  - video/back-door
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { ${recording}, recordings_dir: "${at.recordings}" }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
${more}
`,
  );
  const { admin, viewer, publisher, stranger, cameras } = accounts;
  await site.addUser(admin.name, 'admin', admin.password);
  await site.addUser(viewer.name, 'viewer', viewer.password, ['--camera', 'front-door']);
  await site.addUser(publisher.name, 'publisher', publisher.password, ['--camera', 'front-door']);
  await site.addUser(stranger.name, 'viewer', stranger.password);
  await site.addUser(cameras.name, 'publisher', cameras.password, ['--camera', 'all']);
  return site;
}

/** Publishes a drawn picture to a path until it is stopped. */
export function publish(system: System, path: string, user: string, password: string): Started {
  const url = new URL(`${system.ready.rtsp}/${path}`);
  url.username = user;
  url.password = password;
  const input = '-nostdin -v error -re -f lavfi -i testsrc2=size=320x240:rate=10 -t 60 -c:v libx264'.split(' ');
  const coder = '-preset ultrafast -tune zerolatency -g 10 -pix_fmt yuv420p -f rtsp -rtsp_transport tcp'.split(' ');
  return start('ffmpeg', [...input, ...coder, url.href]);
}

/** A finished recording of each camera, made from what is published for a moment. `system` is logged in as admin. */
export async function recordEach(system: System, cameras: readonly string[]): Promise<Map<string, RecordedFile>> {
  const { name, password } = accounts.cameras;
  const publishers = cameras.map((camera) => publish(system, `video/${camera}`, name, password));
  const rows = async (query: string): Promise<RecordedFile[]> =>
    (await system.ask(`/api/recordings${query}`)).json<{ recordings: RecordedFile[] }>().recordings;
  try {
    await eventually('all record', async () => {
      const open = new Set((await rows('?state=open')).map((row) => row.stream_id));
      return cameras.every((camera) => open.has(camera)) ? true : undefined;
    });
  } finally {
    for (const publisher of publishers) await publisher.stop('SIGINT').catch(() => {});
  }
  return eventually('all have a recording', async () => {
    const found = new Map((await rows('')).map((row) => [row.stream_id, row]));
    return cameras.every((camera) => found.has(camera)) ? found : undefined;
  });
}

export interface RecordedFile {
  readonly id: number;
  readonly stream_id: string;
  readonly file_url: string;
  readonly thumbnail_url: string | null;
}
