/** What cameras that we fetch need of the home: passwords, certificates known by sight, the guard, and ffmpeg for some. */
import type { AddressGuard, Dial } from './base/address-guard.ts';
import type { CameraId } from './base/ids.ts';
import type { Problem } from './base/problem.ts';
import { describeError } from './base/problem.ts';
import type { Secret } from './base/secret.ts';
import { cameraGuard, dialSource } from './cameras/camera-address.ts';
import { playFfmpeg } from './cameras/ffmpeg-source.ts';
import { tryFfmpegSource } from './config/ffmpeg-source.ts';
import type { Sandbox } from './decoder/sandbox.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import type { Sample } from './media/sample.ts';
import type { PullCertificate } from './streams/pull.ts';

export interface PulledSourcesParts extends HomeOptions {
  readonly parts: HomeParts;
  readonly sandbox: Sandbox;
  /** For cameras given on the command line, besides those of the store. */
  readonly credentials: ReadonlyMap<CameraId, { readonly username: string; readonly password: Secret }>;
}

export class PulledSources {
  readonly #options: PulledSourcesParts;
  readonly #guard: AddressGuard;

  constructor(options: PulledSourcesParts) {
    this.#options = options;
    this.#guard = cameraGuard(options.config.network.allowed_destinations);
  }

  async credentials(camera: CameraId) {
    const { credentials, parts } = this.#options;
    return credentials.get(camera) ?? (await parts.credentials.get(camera));
  }

  /** @throws Problem `network/address-refused` */
  dial(url: URL): Dial {
    return dialSource(this.#guard, url);
  }

  /** Pinned at first sight; that, and each other one that is refused, goes into the log. */
  certificate(camera: CameraId): PullCertificate {
    const { cameraCertificates: known, audit } = this.#options.parts;
    const note = async (kind: string, fingerprint: string): Promise<void> => {
      await audit.append({ kind, who: null, from: null, camera, detail: { fingerprint } });
    };
    return {
      pinned: async () => (await known.get(camera))?.pinned,
      firstSeen: async (fingerprint) => {
        if (await known.pin(camera, fingerprint)) await note('camera.certificate-pinned', fingerprint);
      },
      changed: async (fingerprint) => {
        if (await known.refuse(camera, fingerprint)) await note('camera.certificate-refused', fingerprint);
      },
    };
  }

  /** One try of a source that begins with `ffmpeg:`; resolves with why it ended. */
  async playByFfmpeg(
    { id, audio }: { readonly id: CameraId; readonly audio: boolean },
    source: string,
    onSample: (sample: Sample) => void,
    signal: AbortSignal,
  ): Promise<Problem> {
    const { parts, sandbox, clock, config } = this.#options;
    const parsed = tryFfmpegSource(source.slice('ffmpeg:'.length));
    // The configuration took it.
    if ('allowed' in parsed) throw new TypeError('a source that is none');
    const certificate = this.certificate(id);
    const [credentials, stored, pinned] = await Promise.all([
      this.credentials(id),
      parts.credentials.get(id),
      certificate.pinned(),
    ]);
    return await playFfmpeg(
      {
        ...{ input: parsed.source, audio, sandbox, clock, guard: this.#guard, allowed: config.advanced.ffmpeg },
        http: {
          credentials,
          digestSeen: stored?.digestSeen ?? false,
          digestOffered: () => this.#remember(parts.credentials.setDigestSeen(id)),
          accept: (fingerprint, trusted) => {
            if (trusted || fingerprint === pinned) return true;
            const seen = pinned === undefined ? certificate.firstSeen(fingerprint) : certificate.changed(fingerprint);
            this.#remember(seen);
            return pinned === undefined;
          },
        },
        onSample,
      },
      signal,
    );
  }

  #remember(done: Promise<void>): void {
    done.catch((error: unknown) => this.#options.log.error(describeError(error), 'not remembered of a camera'));
  }
}
