/**
 * A path that a camera or phone publishes to. One publisher at a time: another account is refused, the same account takes
 * over at once, for a phone comes back before its lost connection has timed out.
 */
import type { Clock } from '../base/clock.ts';
import type { AccountId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Sample } from '../media/sample.ts';
import type { SdpTrack } from '../rtsp/sdp.ts';
import { RtpSource } from './rtp-source.ts';
import type { Stream } from './stream.ts';

export interface Publication {
  rtp(track: number, packet: Uint8Array, arrivalAt: number): void;
  rtcp(track: number, packet: Uint8Array): void;
  /** The publisher's connection ended, for whatever reason. */
  closed(): void;
}

export interface SamplePublication {
  sample(sample: Sample): void;
  /** The publisher's connection ended, for whatever reason. */
  closed(): void;
}

interface Publisher {
  readonly account: AccountId;
  readonly source: { close(reason: Problem): void };
  readonly kick: (reason: Problem) => void;
}

const stallMs = 5000;

export class PublishPath {
  readonly #stream: Stream;
  readonly #audio: boolean;
  readonly #clock: Clock;
  readonly #log: Log;
  #publisher: Publisher | undefined;
  #watch: NodeJS.Timeout | undefined;

  /** `audio`: sound is taken too. */
  constructor(options: {
    readonly stream: Stream;
    readonly audio: boolean;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#stream = options.stream;
    this.#audio = options.audio;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** @throws Problem `stream/taken` (409) when another account publishes here. */
  publish(account: AccountId, tracks: readonly SdpTrack[], kick: (reason: Problem) => void): Publication {
    this.#refuseOthers(account);
    const stream = this.#stream;
    const source = new RtpSource({ stream, tracks, audio: this.#audio, clock: this.#clock, log: this.#log });
    const closed = this.#begin({ account, source, kick });
    return {
      rtp: (track, packet, arrivalAt) => source.rtp(track, packet, arrivalAt),
      rtcp: (track, packet) => source.rtcp(track, packet),
      closed,
    };
  }

  /** The same for who brings samples; what it says after it was closed is lost. @throws Problem `stream/taken` (409) */
  publishSamples(account: AccountId, kick: (reason: Problem) => void): SamplePublication {
    this.#refuseOthers(account);
    const stream = this.#stream;
    let isOpen = true;
    const source = {
      close: () => {
        isOpen = false;
      },
    };
    stream.attached();
    const closed = this.#begin({ account, source, kick });
    return {
      sample: (sample) => {
        if (isOpen && (sample.format.kind === 'video' || this.#audio)) stream.accept(sample);
      },
      closed,
    };
  }

  #refuseOthers(account: AccountId): void {
    if (this.#publisher !== undefined && this.#publisher.account !== account) {
      throw new Problem('stream/taken', 'somebody else publishes to this path', { status: 409 });
    }
  }

  /** @returns what to call when the publisher has gone */
  #begin(publisher: Publisher): () => void {
    const stream = this.#stream;
    const before = this.#publisher;
    this.#publisher = publisher;
    if (before !== undefined) {
      this.#log.info({ account: publisher.account }, 'publisher took over');
      const reason = new Problem('stream/replaced', 'the same account publishes here anew', { status: 409 });
      before.source.close(reason);
      before.kick(reason);
    }
    stream.connecting();
    clearInterval(this.#watch);
    this.#watch = setInterval(() => this.#lookForStall(), 1000).unref();
    return () => {
      if (this.#publisher !== publisher) return;
      this.close();
      stream.waiting();
    };
  }

  /** Who publishes now, if anybody. */
  get account(): AccountId | undefined {
    return this.#publisher?.account;
  }

  /** Ends the running publication, as when its account lost the right to it. */
  end(reason: Problem): void {
    this.#publisher?.kick(reason);
  }

  close(): void {
    this.#publisher?.source.close(new Problem('stream/ended', 'nobody publishes here any more', { status: 503 }));
    this.#publisher = undefined;
    clearInterval(this.#watch);
  }

  #lookForStall(): void {
    const kind = this.#stream.state.kind;
    if (this.#stream.silentMs < stallMs || (kind !== 'live' && kind !== 'connecting')) return;
    this.#stream.failed(new Problem('camera/stalled', `no picture for ${stallMs / 1000} s`, { status: 503 }), null);
  }
}
