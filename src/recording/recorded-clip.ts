/**
 * One file being recorded: samples in, fragments of MP4 out, straight into the vault's sealed file. The row in the
 * catalog comes first, for its id stands in the file's name; samples that arrive until the file is open wait in a
 * queue. A disk that can't keep up fails the clip instead of filling the memory.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId, EventId, RecordingId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { describeError, Problem } from '../base/problem.ts';
import type { RecordingEnd, RecordingQueries } from '../catalog/recordings.ts';
import { fragmentHeader, fragmentHeaderBytes, wallClockBox } from '../media/fragment.ts';
import { recordingHead, recordingTail } from '../media/recording.ts';
import { IndexBuilder } from '../media/recording-index.ts';
import type { AudioFormat, Sample } from '../media/sample.ts';
import { SoundLine } from '../media/sound-line.ts';
import type { ClipWriter } from '../vault/clip-writer.ts';
import type { Vault } from '../vault/vault.ts';
import { ClipLosses } from './clip-losses.ts';
import type { EmitSample } from './clip-track.ts';
import { ClipTrack } from './clip-track.ts';
import { clipName, picturesBeside, thumbnailName } from './names.ts';
import type { OpenClip } from './recorder.ts';
import type { Thumbnail } from './thumbnail.ts';

export interface ClipParts {
  readonly recordings: RecordingQueries;
  readonly vault: Pick<Vault, 'createClip' | 'sealObject'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ClipSubject {
  readonly camera: CameraId;
  readonly cameraName: string;
  /** Why it is made. */
  readonly reason: 'event' | 'continuous' | 'manual';
  /** Sound of this format goes into the clip as well. */
  readonly audio?: AudioFormat | undefined;
}

export interface FinishedClip {
  readonly id: RecordingId;
  readonly camera: CameraId;
  readonly file: string;
  readonly startAt: number;
  readonly endAt: number;
  /** Hex SHA-256 of the sealed file. */
  readonly sha256: string;
  /** Hex SHA-256 of the video in it: what an export in the clear is compared with. */
  readonly plainSha256: string;
}

export interface ClipListener {
  opened(id: RecordingId): void;
  finished(clip: FinishedClip): void;
  failed(problem: Problem): void;
}

/** What may wait for the disk, in bytes of video: some ten seconds of a good camera. */
const maxWaitingBytes = 32 * 1024 * 1024;
/** What isn't on the disk by then goes there in the tail; looked at as often again, that makes half a second at most. */
export const tailLookMs = 250;
/** Above the interval by more than a timer is late: as long, it made a tail at each look instead of at every second one. */
const tailSinceMs = 260;
const videoTrack = 1;
const audioTrack = 2;

export class RecordedClip implements OpenClip {
  readonly startAt: number;
  readonly #subject: ClipSubject;
  readonly #parts: ClipParts;
  readonly #listener: ClipListener;
  readonly #first: Sample;
  readonly #log: Log;
  readonly #opened: Promise<RecordingId | undefined>;
  #row: { readonly id: RecordingId; readonly file: string } | undefined;
  #writer: ClipWriter | undefined;
  #index: IndexBuilder | undefined;
  /** Written anew for every sample: the vault has sealed or copied it when `write` returns. */
  readonly #header = new Uint8Array(fragmentHeaderBytes(1));
  #offset = 0;
  #sequence = 0;
  readonly #video: ClipTrack;
  readonly #audio: ClipTrack | undefined;
  readonly #sound: SoundLine | undefined;
  /** Where the newest written picture ends, from the clip's beginning. */
  #endTicks = 0;
  #waiting: Sample[] = [];
  #waitingBytes = 0;
  #blocked = true;
  #finishing: Promise<void> | undefined;
  #thumbnail: Thumbnail | undefined;
  readonly #losses = new ClipLosses();
  #confidence = 0;
  #problem: Problem | undefined;

  constructor(first: Sample, subject: ClipSubject, parts: ClipParts, listener: ClipListener) {
    this.startAt = first.at;
    this.#first = first;
    this.#subject = subject;
    this.#parts = parts;
    this.#listener = listener;
    this.#log = parts.log.child({ camera: subject.camera });
    const emit: EmitSample = (track, sample, dtsTicks, durationTicks) =>
      this.#emit(track, sample, dtsTicks, durationTicks);
    // A frame at 15 a second, for a clip of a single sample.
    this.#video = new ClipTrack(videoTrack, Math.round(first.format.timeScale / 15), emit);
    const { audio } = subject;
    if (audio !== undefined) {
      this.#audio = new ClipTrack(audioTrack, Math.round(audio.timeScale / 50), emit);
      const reorderMs = ((first.ptsTicks - first.dtsTicks) * 1000) / first.format.timeScale;
      this.#sound = new SoundLine(audio.timeScale, first.at - reorderMs);
    }
    this.#opened = this.#open();
  }

  get failed(): boolean {
    return this.#problem !== undefined;
  }

  // hot
  write(sample: Sample): void {
    const { format } = sample;
    if (this.#problem !== undefined || (format.kind !== 'video' && format !== this.#subject.audio)) return;
    if (this.#blocked) {
      this.#waiting.push(sample);
      this.#waitingBytes += sample.data.length;
      if (this.#waitingBytes > maxWaitingBytes) {
        this.#fail(new Problem('recording/disk-too-slow', 'the disk is too slow for this recording', { status: 503 }));
      }
      return;
    }
    this.#take(sample);
  }

  /** A picture that would stand for this clip; the best one counts. */
  offerThumbnail(thumbnail: Thumbnail): void {
    if (this.#thumbnail === undefined || thumbnail.score > this.#thumbnail.score) this.#thumbnail = thumbnail;
    this.#confidence = Math.max(this.#confidence, thumbnail.confidence);
  }

  /** The event is seen in this clip. */
  link(event: EventId): void {
    this.#opened
      .then((id) => (id === undefined ? undefined : this.#parts.recordings.link(id, event)))
      .catch((error: unknown) => this.#log.error({ event, ...describeError(error) }, 'event not linked to its clip'));
  }

  /** Seals what came since the last call into the clip's tail: what a crash may lose is what came after. */
  async flushTail(): Promise<void> {
    if (this.#writer === undefined || this.#finishing !== undefined || this.failed) return;
    try {
      await this.#writer.flushTail(tailSinceMs);
    } catch (error) {
      this.#fail(error);
    }
  }

  finish(): void {
    this.#finishing ??= this.#finish().catch((error: unknown) => this.#fail(error));
  }

  /** Resolves when the file is finished and its row says so. */
  async finished(): Promise<void> {
    this.finish();
    await this.#finishing;
  }

  async #open(): Promise<RecordingId | undefined> {
    const { recordings, vault } = this.#parts;
    const format = this.#first.format;
    const { audio } = this.#subject;
    if (format.kind !== 'video') throw new TypeError('a clip begins with a video sample');
    try {
      const row = await recordings.create({
        camera: this.#subject.camera,
        startAt: Math.round(this.startAt),
        reason: this.#subject.reason,
        width: format.width,
        height: format.height,
        file: (id) => clipName(this.#subject.camera, this.startAt, id),
      });
      try {
        this.#writer = await vault.createClip(`${row.file}.age`, { clipId: String(row.id), at: this.startAt });
      } catch (error) {
        await recordings.discard(row.id);
        throw error;
      }
      this.#row = row;
      const head = recordingHead(
        audio === undefined ? [format] : [format, audio],
        {
          version: 1,
          recording: row.id,
          camera: this.#subject.camera,
          name: this.#subject.cameraName,
          startAt: Math.round(this.startAt),
          reason: this.#subject.reason,
        },
        { startAt: Math.round(this.startAt), startTicks: this.#first.ptsTicks - this.#first.dtsTicks },
      );
      this.#index = new IndexBuilder({
        headBytes: head.length,
        timeScales: audio === undefined ? [format.timeScale] : [format.timeScale, audio.timeScale],
      });
      this.#put([head], head.length);
      this.#unblock();
      await recordings.progress(row.id, { kid: this.#writer.kid });
      this.#log.info({ recording: row.id, reason: this.#subject.reason }, 'recording started');
      this.#listener.opened(row.id);
      return row.id;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  // hot
  #take(sample: Sample): void {
    const first = this.#first;
    if (sample.format.kind === 'video') {
      const ptsMs = ((sample.ptsTicks - first.dtsTicks) * 1000) / first.format.timeScale;
      this.#sound?.picture(sample.at, ptsMs);
      this.#video.take(sample, sample.dtsTicks - first.dtsTicks);
      return;
    }
    const dtsTicks = this.#sound?.place(sample);
    if (dtsTicks !== undefined) this.#audio?.take(sample, dtsTicks);
  }

  // hot
  #emit(trackId: number, sample: Sample, dtsTicks: number, durationTicks: number): void {
    const ptsOffsetTicks = sample.ptsTicks - sample.dtsTicks;
    const ptsTicks = dtsTicks + ptsOffsetTicks;
    const { data, keyframe, damaged, at } = sample;
    const header = fragmentHeader(
      {
        sequence: ++this.#sequence,
        trackId,
        baseDtsTicks: dtsTicks,
        samples: [{ data, durationTicks, ptsOffsetTicks, keyframe, damaged }],
      },
      this.#header,
    );
    const isVideo = trackId === videoTrack;
    if (isVideo) {
      // The head has the first picture's.
      if (keyframe && dtsTicks > 0) {
        const clock = wallClockBox(videoTrack, Math.round(at), ptsTicks);
        this.#put([clock], clock.length);
      }
      this.#endTicks = Math.max(this.#endTicks, dtsTicks + durationTicks);
      if (damaged) this.#losses.add(at, (durationTicks * 1000) / sample.format.timeScale);
    }
    const bytes = header.length + data.length;
    const place = { offset: this.#offset, bytes, trackId, dataBytes: data.length };
    this.#index!.add({ ...place, dtsTicks, ptsTicks, durationTicks, keyframe, at });
    this.#put([header, data], bytes);
  }

  #put(parts: readonly Uint8Array[], bytes: number): void {
    this.#offset += bytes;
    let full: void | Promise<void>;
    try {
      full = this.#writer!.write(parts);
    } catch (error) {
      // Of an append before this one: nobody up the stream's path has to know.
      this.#fail(error);
      return;
    }
    if (full === undefined) return;
    this.#blocked = true;
    full.then(
      () => this.#unblock(),
      (error: unknown) => this.#fail(error),
    );
  }

  #unblock(): void {
    this.#blocked = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const sample of waiting) this.write(sample);
  }

  #fail(error: unknown): void {
    if (this.#problem !== undefined) return;
    this.#problem =
      error instanceof Problem
        ? error
        : new Problem('recording/write-failed', 'the recording could not be written', { status: 503, cause: error });
    this.#waiting = [];
    this.#log.error(describeError(error), 'recording failed');
    this.#listener.failed(this.#problem);
  }

  async #finish(): Promise<void> {
    const id = await this.#opened;
    const writer = this.#writer;
    const row = this.#row;
    if (id === undefined || writer === undefined || row === undefined) return;
    if (this.failed) {
      // What was written stays, torn. Where not even the row can be changed, the next start takes it in.
      await writer[Symbol.asyncDispose]();
      await this.#parts.recordings.finish(id, {
        state: 'torn',
        endAt: this.#endAt(),
        plainBytes: this.#offset,
        sealedBytes: 0,
        sha256: null,
        tailOffset: null,
        confidence: this.#confidence,
      });
      return;
    }
    for (const sample of this.#waiting.splice(0)) this.#take(sample);
    this.#video.flush();
    this.#audio?.flush();
    const endAt = this.#endAt();
    const tailOffset = this.#offset;
    const facts = { version: 1, recording: id, endAt, ...this.#losses.facts() };
    const tail = recordingTail(this.#index!.build(), facts);
    await writer.write(tail);
    const sealed = await writer.finish();
    const thumbnail = await this.#sealThumbnail(row);
    const end: RecordingEnd = {
      state: 'finished',
      endAt,
      plainBytes: sealed.plainBytes,
      sealedBytes: sealed.sealedBytes,
      sha256: sealed.ciphertextSha256,
      tailOffset,
      confidence: this.#confidence,
      ...(thumbnail === undefined ? {} : { thumbnail }),
    };
    await this.#parts.recordings.finish(id, end);
    this.#log.info(
      { recording: id, seconds: (endAt - this.startAt) / 1000, damaged: this.#losses.pictures },
      'recording finished',
    );
    this.#listener.finished({
      id,
      camera: this.#subject.camera,
      file: row.file,
      startAt: Math.round(this.startAt),
      endAt,
      sha256: sealed.ciphertextSha256,
      plainSha256: sealed.plainSha256,
    });
  }

  /** Of the newest written picture, UTC ms. */
  #endAt(): number {
    return Math.round(this.startAt + (this.#endTicks * 1000) / this.#first.format.timeScale);
  }

  async #seal(name: string, bytes: Uint8Array | undefined): Promise<void> {
    if (bytes !== undefined) await this.#parts.vault.sealObject(`${name}.age`, bytes, { at: this.startAt });
  }

  async #sealThumbnail(row: { readonly id: RecordingId; readonly file: string }): Promise<string | undefined> {
    if (this.#thumbnail === undefined) return undefined;
    const name = thumbnailName(row.file);
    const { jpeg, crop, preview } = this.#thumbnail;
    const beside = picturesBeside(name);
    try {
      await this.#seal(name, await jpeg());
      await this.#seal(beside.crop, await crop?.());
      await this.#seal(beside.preview, await preview?.());
      return name;
    } catch (error) {
      // A clip without a picture is still evidence.
      this.#log.warn({ recording: row.id, ...describeError(error) }, 'thumbnail not written');
      return undefined;
    }
  }
}
