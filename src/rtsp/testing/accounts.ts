/** The owner's side of a server under test: one account, and a sink that keeps what came. */
import { Problem } from '../../base/problem.ts';
import { Secret } from '../../base/secret.ts';
import { digestHa1 } from '../digest.ts';
import { BatchWriter } from '../packet-batch.ts';
import { parseSdp } from '../sdp.ts';
import type {
  PlayFeed,
  PlayRequest,
  PlaySink,
  PublishRequest,
  PublishSink,
  RtspAttempt,
  RtspAuthentication,
} from '../server-hooks.ts';
import { h264Sdp } from './scripted-camera.ts';

export const realm = 'SentriX';
export const publisher = { username: 'phone', password: new Secret('correct horse') };

export interface TestPlayer {
  readonly request: PlayRequest<string>;
  readonly sinks: Set<PlaySink>;
  closed: boolean;
}

export function rtpPacket(sequence: number, payload: string | Buffer): Buffer {
  const head = Buffer.from([0x80, 96, 0, sequence, 0, 0, 0x23, 0x28, 0, 0, 0, 7]);
  return Buffer.concat([head, Buffer.from(payload as string)]);
}

/** All of them on the first track. */
export function testBatch(packets: readonly Buffer[], keyframe: boolean) {
  const writer = new BatchWriter(1);
  for (const packet of packets) writer.append(0, packet, keyframe);
  return writer.take();
}

export class TestOwner {
  readonly attempts: { username: string; ok: boolean; kind: string }[] = [];
  readonly published: (PublishRequest<string> & { packets: [track: number, bytes: Buffer][]; closed?: string })[] = [];
  readonly players: TestPlayer[] = [];
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

  /** A feed of one video track, whose GOP is one batch. */
  readonly play = async (request: PlayRequest<string>): Promise<PlayFeed> => {
    if (request.path !== 'video/front') throw new Problem('stream/unknown', 'no such path', { status: 404 });
    const player: TestPlayer = { request, sinks: new Set(), closed: false };
    this.players.push(player);
    return {
      name: 'Front door',
      tracks: parseSdp(Buffer.from(h264Sdp)).tracks.slice(0, 1),
      newestGop: () => [testBatch([rtpPacket(1, 'keyframe'), rtpPacket(2, 'delta')], true)],
      join: (sink) => {
        player.sinks.add(sink);
        this.#changed();
        return () => {
          player.sinks.delete(sink);
          this.#changed();
        };
      },
      newest: () => ({ ssrc: 7, at: Date.UTC(2026, 0, 1), rtpTimestamp: 9000 }),
      closed: () => {
        player.closed = true;
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
