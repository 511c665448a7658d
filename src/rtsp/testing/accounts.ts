/** The owner's side of a server under test: one account, and a sink that keeps what came. */
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { digestHa1 } from '../digest.ts';
import type { PublishRequest, PublishSink, RtspAttempt, RtspAuthentication } from '../server-hooks.ts';

export const realm = 'SentriX';
export const publisher = { username: 'phone', password: new Secret('correct horse') };

export class TestOwner {
  readonly attempts: { username: string; ok: boolean; kind: string }[] = [];
  readonly published: (PublishRequest<string> & { packets: [track: number, bytes: Buffer][]; closed?: string })[] = [];
  readonly #watchers = new Set<() => void>();

  readonly authenticate = async (attempt: RtspAttempt): Promise<RtspAuthentication<string>> => {
    const { username, credentials } = attempt;
    const { password } = publisher;
    const right =
      credentials.kind === 'digest'
        ? credentials.verify(digestHa1(credentials.algorithm, publisher.username, realm, password))
        : credentials.password.reveal() === password.reveal();
    const ok = right && username === publisher.username;
    this.attempts.push({ username, ok, kind: credentials.kind });
    return ok ? { ok, principal: username } : { ok };
  };

  readonly publish = async (request: PublishRequest<string>): Promise<PublishSink> => {
    if (request.path === 'taken') throw new Problem('stream/taken', 'taken', { status: 409 });
    if (request.path === 'forbidden') throw new Problem('access/forbidden', 'not yours', { status: 403 });
    if (request.path !== 'video/front') throw new Problem('stream/unknown', 'no such path', { status: 404 });
    const entry: (typeof this.published)[number] = { ...request, packets: [] };
    this.published.push(entry);
    return {
      rtp: (track, packet) => {
        entry.packets.push([track, Buffer.from(packet)]);
        this.#changed();
      },
      rtcp: () => {},
      closed: (reason) => {
        if (entry.closed !== undefined) throw new Error('closed twice');
        entry.closed = reason.code;
        this.#changed();
      },
    };
  };

  /** Resolves when `condition` holds; looked at whenever something comes or ends. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
