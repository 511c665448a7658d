/** Browsers that are cameras: takes their pictures into the stream of a camera, as an RTSP publisher's. */
import type { Clock } from '../base/clock.ts';
import type { AccountId, CameraId } from '../base/ids.ts';
import { isCameraId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import { avcFormat } from '../media/avc-record.ts';
import { isKeyframeSlice, nalType, nalUnits } from '../media/nal.ts';
import { opusFormat } from '../media/opus.ts';
import type { AudioFormat, VideoFormat } from '../media/sample.ts';
import type { PublishPath, SamplePublication } from '../streams/publish.ts';
import { readSampleHeader, sampleHeaderBytes } from '../wire/live.ts';
import type { PublishAnswer } from '../wire/publish.ts';
import { refusedCode, takenCode } from '../wire/publish.ts';
import type { LiveSocket } from './live-hub.ts';

export interface PublishHubOptions {
  /** Cameras that somebody publishes to, with their names. */
  readonly cameras: () => readonly { readonly id: CameraId; readonly name: string }[];
  readonly path: (camera: CameraId) => PublishPath | undefined;
  readonly clock: Clock;
}

export interface SocketPublisher {
  readonly account: AccountId;
  readonly mayPublish: (camera: CameraId) => boolean;
}

const maxTextLength = 8192;
/** A line of time that goes back, or ahead by more than this (s), begins anew. */
const longestStepSeconds = 10;
const timeScale = 90_000;
/** RFC 6716 §3.4: 48 frames of 1275 bytes at most in a packet; browsers send one of 20 ms. */
const maxSoundBytes = 4096;

interface Running {
  readonly camera: CameraId;
  readonly publication: SamplePublication;
  format: VideoFormat;
  sound: AudioFormat | undefined;
}

export class PublishHub {
  readonly #options: PublishHubOptions;

  constructor(options: PublishHubOptions) {
    this.#options = options;
  }

  attach(socket: LiveSocket, publisher: SocketPublisher): void {
    const say = (answer: PublishAnswer): void => socket.send(JSON.stringify(answer), { binary: false });
    const cameras = this.#options.cameras().filter(({ id }) => publisher.mayPublish(id));
    say({ type: 'cameras', cameras });
    let running: Running | undefined;
    let lastTicks: number | undefined;
    const end = (code: number, problem: Problem): void => {
      say({ type: 'error', code: problem.code, detail: problem.detail });
      running?.publication.closed();
      running = undefined;
      socket.close(code, problem.code);
    };
    socket.onClose(() => {
      running?.publication.closed();
      running = undefined;
    });
    socket.onMessage((message) => {
      try {
        if (typeof message === 'string') {
          const next = this.#begin(message, publisher, running, (reason) => {
            running = undefined;
            end(takenCode, reason);
          });
          running = next;
          say({ type: 'publishing', camera: next.camera });
        } else if (running !== undefined) lastTicks = this.#frame(message, running, lastTicks);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        end(error.code === 'stream/taken' ? takenCode : refusedCode, error);
      }
    });
  }

  #begin(
    text: string,
    publisher: SocketPublisher,
    running: Running | undefined,
    kick: (reason: Problem) => void,
  ): Running {
    const { camera, format, sound } = parseBegin(text);
    if (running?.camera === camera) {
      running.format = format;
      running.sound = sound;
      return running;
    }
    const path = publisher.mayPublish(camera) ? this.#options.path(camera) : undefined;
    if (path === undefined || running !== undefined) {
      throw new Problem('stream/not-here', 'nobody may publish here with this account', { status: 404 });
    }
    return { camera, publication: path.publishSamples(publisher.account, kick), format, sound };
  }

  /** Hot. @returns the newest picture's time, in ticks */
  #frame(message: Uint8Array, running: Running, lastTicks: number | undefined): number | undefined {
    const { publication, format, sound } = running;
    const header = readSampleHeader(new DataView(message.buffer, message.byteOffset, message.byteLength));
    const data = message.slice(sampleHeaderBytes);
    if (header?.kind === 'audio' && sound !== undefined && data.length > 0 && data.length <= maxSoundBytes) {
      const soundTicks = Math.round((header.ptsUs * sound.timeScale) / 1_000_000);
      publication.sample({
        ...{ format: sound, ptsTicks: soundTicks, dtsTicks: soundTicks, data, at: this.#options.clock.now() },
        ...{ keyframe: true, damaged: false, discontinuity: false },
      });
      return lastTicks;
    }
    const units = nalUnits(data);
    const length = units.reduce((sum, unit) => sum + 4 + unit.length, 0);
    if (header?.kind !== 'video' || data.length === 0 || length !== data.length) {
      throw new Problem('live/bad-message', 'this frame is no picture', { status: 400 });
    }
    const ticks = Math.round((header.ptsUs * timeScale) / 1_000_000);
    const step = lastTicks === undefined ? 1 : ticks - lastTicks;
    publication.sample({
      ...{ format, ptsTicks: ticks, dtsTicks: ticks, data },
      // Ours: a phone's clock may be wrong, and evidence carries this one.
      at: this.#options.clock.now(),
      keyframe: units.some((unit) => isKeyframeSlice('h264', nalType('h264', unit))),
      damaged: false,
      discontinuity: step <= 0 || step > longestStepSeconds * timeScale,
    });
    return ticks;
  }
}

function parseBegin(text: string): {
  readonly camera: CameraId;
  readonly format: VideoFormat;
  readonly sound: AudioFormat | undefined;
} {
  let value: unknown;
  try {
    value = text.length > maxTextLength ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { type, camera, description, sound } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const format = typeof description === 'string' ? avcFormat(Buffer.from(description, 'base64')) : undefined;
  if (type !== 'begin' || typeof camera !== 'string' || !isCameraId(camera) || format === undefined) {
    throw new Problem('live/bad-message', 'this message is not of the protocol', { status: 400 });
  }
  if (sound === undefined) return { camera, format, sound };
  const { channels } = (typeof sound === 'object' && sound !== null ? sound : {}) as Record<string, unknown>;
  if (channels !== 1 && channels !== 2) {
    throw new Problem('live/bad-message', 'this sound is not of the protocol', { status: 400 });
  }
  return { camera, format, sound: opusFormat(channels) };
}
