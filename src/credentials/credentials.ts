/**
 * Passwords of cameras. The configuration has the URL without them; here they are by camera, user and password sealed
 * together and bound to the camera's row, so that one camera's password can't be moved to another by editing rows.
 */
import type { CameraId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';

/** Seals bytes to a place in the database. */
export interface ColumnSeal {
  seal(context: string, bytes: Buffer): Buffer;
  /** Throws where the bytes were not sealed for this context. */
  open(context: string, bytes: Buffer): Buffer;
}

export interface CameraCredentials {
  readonly username: string;
  readonly password: Secret;
  /** The camera has asked for Digest once: it never gets Basic again (a downgrade is an attack or a mistake). */
  readonly digestSeen: boolean;
  readonly changedAt: number;
}

const maxBytes = 256;

export class Credentials {
  readonly #catalog: Catalog;
  readonly #seal: ColumnSeal;

  constructor(deps: { readonly catalog: Catalog; readonly seal: ColumnSeal }) {
    this.#catalog = deps.catalog;
    this.#seal = deps.seal;
  }

  /** Undefined where the camera has none. @throws Problem credentials/unreadable */
  async get(camera: CameraId): Promise<CameraCredentials | undefined> {
    const row = await this.#catalog.credentials.byCamera(camera);
    if (row === undefined) return undefined;
    const { username, password } = this.#open(row.cameraId, row.sealed, camera);
    return { username, password, digestSeen: row.digestSeen, changedAt: row.changedAt };
  }

  /**
   * Durable when it resolves. Forgets `digestSeen`, for there may be another device now.
   * @throws Problem credentials/invalid, catalog/unknown-camera
   */
  async set(camera: CameraId, credentials: { readonly username: string; readonly password: Secret }): Promise<void> {
    const { username, password } = credentials;
    if (!isUsable(username) || username.includes(':') || !isUsable(password.reveal()))
      throw new Problem(
        'credentials/invalid',
        `user and password of a camera are up to ${maxBytes} bytes without control characters, the user without a colon`,
        { status: 422 },
      );
    const plain = Buffer.from(JSON.stringify({ username, password: password.reveal() }));
    await this.#catalog.credentials.set(camera, (cameraId) => this.#seal.seal(context(cameraId), plain));
    plain.fill(0);
    await this.#catalog.durable();
  }

  /** Remembers that the camera has asked for Digest. Does nothing where it has no credentials. */
  async setDigestSeen(camera: CameraId): Promise<void> {
    await this.#catalog.credentials.setDigestSeen(camera);
  }

  /** False where there were none. */
  async remove(camera: CameraId): Promise<boolean> {
    const removed = await this.#catalog.credentials.remove(camera);
    await this.#catalog.durable();
    return removed;
  }

  #open(cameraId: number, sealed: Uint8Array, camera: CameraId): { username: string; password: Secret } {
    try {
      const plain = this.#seal.open(context(cameraId), Buffer.from(sealed));
      const { username, password } = JSON.parse(plain.toString('utf8')) as { username: string; password: string };
      plain.fill(0);
      return { username, password: new Secret(password) };
    } catch (cause) {
      throw new Problem('credentials/unreadable', 'the password of this camera does not open', {
        hint: 'set it again with sentrix camera add, or put back the service key it was sealed with',
        safe: { camera },
        cause,
      });
    }
  }
}

function context(cameraId: number): string {
  return `credential/${cameraId}/sealed`;
}

function isUsable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  return Buffer.byteLength(text) <= maxBytes && !/[\u0000-\u001f\u007f]/.test(text);
}
