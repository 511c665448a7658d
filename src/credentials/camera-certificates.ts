/**
 * What a camera is known by: the certificate that it showed at first sight. Cameras make their own certificates, which no
 * authority vouches for; so the first one is taken, and another one later is refused, and nothing is sent to it, until a
 * person says that the camera has changed and not somebody in between.
 */
import type { CameraId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { StateQueries } from '../catalog/state.ts';

/** Fingerprints are SHA-256, hexadecimal in upper case with colons. */
export interface KnownCertificate {
  readonly pinned: string;
  /** Shown since and refused; null where none was. */
  readonly refused: string | null;
}

const fingerprintForm = /^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/;

export class CameraCertificates {
  readonly #state: StateQueries;

  constructor(state: StateQueries) {
    this.#state = state;
  }

  /** Undefined for a camera that has shown none yet. */
  async get(camera: CameraId): Promise<KnownCertificate | undefined> {
    const text = await this.#state.get(key(camera));
    const [pinned = '', refused = ''] = text?.split(' ') ?? [];
    if (!fingerprintForm.test(pinned)) return undefined;
    return { pinned, refused: fingerprintForm.test(refused) ? refused : null };
  }

  /** The first sight; changes nothing where one is known. Durable when it resolves. True if it was the first. */
  async pin(camera: CameraId, fingerprint: string): Promise<boolean> {
    if ((await this.get(camera)) !== undefined) return false;
    await this.#state.set(key(camera), fingerprint);
    return true;
  }

  /** Remembers what is to be accepted, should somebody accept it. True if it wasn't refused before. */
  async refuse(camera: CameraId, fingerprint: string): Promise<boolean> {
    const known = await this.get(camera);
    if (known === undefined || known.refused === fingerprint) return false;
    await this.#state.set(key(camera), `${known.pinned} ${fingerprint}`);
    return true;
  }

  /** Takes the certificate that was refused last for the camera's. @throws Problem camera/no-new-certificate (409) */
  async accept(camera: CameraId): Promise<string> {
    const fingerprint = (await this.get(camera))?.refused ?? null;
    if (fingerprint === null) {
      throw new Problem('camera/no-new-certificate', 'this camera has shown no other certificate', { status: 409 });
    }
    await this.#state.set(key(camera), fingerprint);
    return fingerprint;
  }

  /** The camera goes; whatever comes under its name is seen for the first time. */
  forget(camera: CameraId): Promise<void> {
    return this.#state.remove(key(camera));
  }
}

function key(camera: CameraId): string {
  return `camera-certificate/${camera}`;
}
