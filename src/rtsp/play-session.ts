/**
 * One player on one connection: DESCRIBE, SETUP for each track, PLAY (RFC 2326 §10.2, §10.5), then packets as they come,
 * beginning with the running GOP. A player that doesn't read fast enough loses whole stretches up to a keyframe; one
 * that reads nothing for `slowMs` is gone. Neither costs more memory than its own queue's bound.
 */
import type { Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { Problem } from '../base/problem.ts';
import { writeSenderReport } from '../rtp/rtcp.ts';
import type { RtspRequest } from './message.ts';
import type { PacketBatch } from './packet-batch.ts';
import { firstOf, remapped } from './packet-batch.ts';
import { baseUrl } from './request-url.ts';
import { writeSdp } from './sdp.ts';
import type { PlayFeed } from './server-hooks.ts';
import type { Reply } from './session-setup.ts';
import { SessionSetup } from './session-setup.ts';

export interface PlaySessionOptions {
  readonly uri: string;
  readonly feed: PlayFeed;
  readonly socket: Pick<Writable, 'write' | 'writableLength'>;
  readonly timeoutSeconds: number;
  /** How long a player may be too slow before it is cut off. */
  readonly slowMs: number;
  readonly clock: Clock;
  /** The feed is over, or the player is too slow: the connection is to end. */
  readonly onEnd: (reason: Problem | 'slow') => void;
}

/** Bytes that may wait for a player besides the GOP it began with: seconds of a good camera. */
const queueBytes = 4 * 1024 * 1024;
/** RFC 3550 §6.2: five seconds between reports. */
const reportMs = 5000;
const cname = 'sentrix';

export class PlaySession {
  readonly kind = 'play';
  readonly #options: PlaySessionOptions;
  readonly #base: string;
  readonly #setup: SessionSetup;
  readonly #packets: number[];
  readonly #octets: number[];
  /** Channel by track; undefined where the frames can go as they are. */
  #channels: readonly (number | undefined)[] | undefined;
  #leave: (() => void) | undefined;
  #reports: NodeJS.Timeout | undefined;
  #limitBytes = queueBytes;
  #awaitsKeyframe = true;
  #slowSinceMs: number | undefined;
  /** Batches that were left out. */
  #dropped = 0;

  constructor(options: PlaySessionOptions) {
    const { tracks } = options.feed;
    this.#options = options;
    this.#base = `${baseUrl(options.uri, undefined, undefined).replace(/\/$/, '')}/`;
    this.#setup = new SessionSetup({
      baseUri: this.#base,
      controls: tracks.map((_, track) => controlOf(track)),
      mode: 'play',
      timeoutSeconds: options.timeoutSeconds,
    });
    this.#packets = tracks.map(() => 0);
    this.#octets = tracks.map(() => 0);
  }

  get isPlaying(): boolean {
    return this.#leave !== undefined;
  }

  get dropped(): number {
    return this.#dropped;
  }

  owns(request: RtspRequest): boolean {
    return this.#setup.owns(request);
  }

  description(): Reply {
    const { name, tracks } = this.#options.feed;
    const body = writeSdp(
      name,
      tracks.map((track, index) => ({ ...track, control: controlOf(index) })),
    );
    return {
      status: 200,
      fields: [
        ['Content-Type', 'application/sdp'],
        ['Content-Base', this.#base],
      ],
      body,
    };
  }

  setUp(request: RtspRequest): Reply {
    return this.isPlaying ? { status: 455 } : this.#setup.setUp(request);
  }

  /** Packets go out behind the answer. To play what plays already changes nothing (RFC 2326 §10.5). */
  play(): Reply {
    const { channels } = this.#setup;
    if (channels.length === 0) return { status: 455 };
    if (this.isPlaying) return this.#setup.reply();
    const { feed, onEnd } = this.#options;
    const gop = feed.newestGop();
    // What comes before the answer is written waits behind it.
    const waiting = [...gop];
    let begun = false;
    this.#leave = feed.join({
      batch: (batch) => {
        if (begun) this.#batch(batch);
        else waiting.push(batch);
      },
      ended: (reason) => onEnd(reason),
    });
    const begin = (): void => {
      begun = true;
      this.#begin(waiting);
    };
    const info = channels.flatMap(({ track, uri }) => {
      const first = gop.map((batch) => firstOf(batch.frames, track)).find((found) => found !== undefined);
      return first === undefined ? [] : [`url=${uri};seq=${first.sequence};rtptime=${first.timestamp}`];
    });
    const reply = this.#setup.reply([
      ['Range', 'npt=now-'],
      ...(info.length === 0 ? [] : [['RTP-Info', info.join(',')] as const]),
    ]);
    return { ...reply, after: begin };
  }

  pause(): Reply {
    if (this.#setup.channels.length === 0) return { status: 455 };
    this.stop();
    return this.#setup.reply();
  }

  keptAlive(): Reply {
    return this.#setup.reply();
  }

  /** Is this where the player's receiver reports come? They show that it lives. */
  ownsChannel(channel: number): boolean {
    return this.#setup.channels.some(({ rtp, rtcp }) => channel === rtcp || channel === rtp);
  }

  stop(): void {
    this.#leave?.();
    this.#leave = undefined;
    clearInterval(this.#reports);
  }

  #begin(gop: readonly PacketBatch[]): void {
    if (!this.isPlaying) return;
    const { feed } = this.#options;
    const channelOf = feed.tracks.map((_, track) => this.#setup.channels.find((one) => one.track === track)?.rtp);
    this.#channels = channelOf.every((channel, track) => channel === track * 2) ? undefined : channelOf;
    this.#awaitsKeyframe = true;
    this.#slowSinceMs = undefined;
    // The GOP is sent whole, however long it is: it doesn't count against a player that hasn't seen a picture yet.
    this.#limitBytes = queueBytes + gop.reduce((sum, { frames }) => sum + frames.length, 0);
    for (const batch of gop) this.#batch(batch);
    this.#report();
    this.#reports = setInterval(() => this.#report(), reportMs);
  }

  // hot
  #batch(batch: PacketBatch): void {
    if (!this.#mayGo(batch)) {
      this.#dropped++;
      return;
    }
    const frames = this.#channels === undefined ? batch.frames : remapped(batch.frames, this.#channels);
    for (let track = 0; track < this.#packets.length; track++) {
      this.#packets[track]! += batch.packets[track]!;
      this.#octets[track]! += batch.octets[track]!;
    }
    if (frames.length > 0) this.#options.socket.write(frames);
  }

  #mayGo(batch: PacketBatch): boolean {
    const { socket, clock, slowMs, onEnd } = this.#options;
    if (socket.writableLength + batch.frames.length > this.#limitBytes) {
      this.#awaitsKeyframe = true;
      this.#slowSinceMs ??= clock.monotonicMs();
      if (clock.monotonicMs() - this.#slowSinceMs > slowMs) onEnd('slow');
      return false;
    }
    this.#slowSinceMs = undefined;
    if (batch.keyframe) this.#awaitsKeyframe = false;
    return !this.#awaitsKeyframe;
  }

  #report(): void {
    const { feed, socket } = this.#options;
    // Who reads nothing needs no clock.
    if (socket.writableLength > queueBytes) return;
    for (const { track, rtcp } of this.#setup.channels) {
      const newest = feed.newest(track);
      if (newest === undefined || this.#packets[track] === 0) continue;
      const facts = { packets: this.#packets[track]!, octets: this.#octets[track]!, cname };
      const report = writeSenderReport({ ...newest, ...facts });
      socket.write(Buffer.concat([Buffer.from([0x24, rtcp, report.length >> 8, report.length & 0xff]), report]));
    }
  }
}

function controlOf(track: number): string {
  return `trackID=${track}`;
}
