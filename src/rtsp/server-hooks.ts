/**
 * What the RTSP server asks of its owner. `P` is whatever the owner calls somebody who is known; the server only keeps
 * it for the time of a connection and hands it back.
 */
import type { Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import type { SenderReport } from '../rtp/rtcp.ts';
import type { DigestAlgorithm } from './digest.ts';
import type { PacketBatch } from './packet-batch.ts';
import type { SdpTrack } from './sdp.ts';

/** One request with credentials. What is no attempt (no credentials, a stale or made-up nonce) never gets here. */
export interface RtspAttempt {
  readonly method: string;
  /** As asked for, unchecked; for the log only. */
  readonly uri: string;
  /** Without slashes at its ends; undefined if it isn't of the alphabet of paths. */
  readonly path: string | undefined;
  /** Of the other side, v4-mapped ones as IPv4. */
  readonly address: string;
  /** TLS, or loopback. */
  readonly secure: boolean;
  readonly username: string;
  readonly credentials: DigestProof | { readonly kind: 'basic'; readonly password: Secret };
}

export interface DigestProof {
  readonly kind: 'digest';
  readonly algorithm: DigestAlgorithm;
  /**
   * In constant time. For an unknown user call it all the same, with any secret, so that both take as long.
   * @param ha1 `digestHa1` of the user's password, for `algorithm` and the server's realm
   */
  verify(ha1: Secret): boolean;
}

export type RtspAuthentication<P> =
  | { readonly ok: true; readonly principal: P }
  /** 401 for all causes alike, or 503 with the time after which trying again makes sense. */
  | { readonly ok: false; readonly status?: 401 | 503; readonly retryAfterSeconds?: number };

/**
 * Called exactly once for each request with credentials on a connection that isn't known yet; counting, lockout and
 * the audit log belong in here. A Problem that it throws becomes its status.
 */
export type RtspAuthenticate<P> = (attempt: RtspAttempt) => Promise<RtspAuthentication<P>>;

export interface PublishRequest<P> {
  readonly principal: P;
  readonly path: string;
  /** As announced; the publisher may set up only some of them. */
  readonly tracks: readonly SdpTrack[];
  readonly address: string;
  /** Ends this publisher's connection; `closed` of its sink is told the same reason. May be called at any time. */
  readonly kick: (reason: Problem) => void;
}

/** Where a publisher's packets go. Each call must return quickly; packets are good until it does. */
export interface PublishSink {
  rtp(track: number, packet: Uint8Array, arrivalAt: number): void;
  rtcp(track: number, packet: Uint8Array): void;
  /** Called exactly once, last of all. */
  closed(reason: Problem): void;
}

/** Asked at ANNOUNCE, of somebody known. Refuses by a Problem of status 403 (may not), 404 (no such path) or 409 (taken). */
export type Publish<P> = (request: PublishRequest<P>) => Promise<PublishSink>;

export interface PlayRequest<P> {
  readonly principal: P;
  readonly path: string;
  readonly address: string;
  /** Ends this player's connection. May be called at any time. */
  readonly kick: (reason: Problem) => void;
}

/** What a player gets: the packets of one stream, for as long as its source stays the same. */
export interface PlayFeed {
  /** For people; stands in the description. */
  readonly name: string;
  /** Their `control` is of no account: the server names tracks by itself. */
  readonly tracks: readonly SdpTrack[];
  /** Everything since the newest keyframe, to be sent before what `join` brings; empty where there is none. */
  newestGop(): readonly PacketBatch[];
  /** @returns for leaving; a sink that was told `ended` needn't */
  join(sink: PlaySink): () => void;
  /** For sender reports: the newest packet of a track. */
  newest(track: number): SenderReport | undefined;
  /** Called exactly once, when the player is gone. */
  closed?(): void;
}

export interface PlaySink {
  /** Hot. */
  batch(batch: PacketBatch): void;
  ended(reason: Problem): void;
}

/** Asked at DESCRIBE, of somebody known. Refuses by a Problem of status 403, 404 or 503 (nothing comes at the moment). */
export type Play<P> = (request: PlayRequest<P>) => Promise<PlayFeed>;
