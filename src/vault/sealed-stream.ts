/** A stream sealed for the owner and every escrow, for backups: written in pieces, opened by `decryptFile` or `age -d`. */
import type { Encryptor } from './age/encryptor.ts';
import { startEncryptor } from './age/encryptor.ts';
import type { Recipient } from './age/recipients.ts';

export class SealedStream {
  readonly #encryptor: Encryptor;
  #begun = false;

  private constructor(encryptor: Encryptor) {
    this.#encryptor = encryptor;
  }

  static async start(recipients: readonly Recipient[]): Promise<SealedStream> {
    return new SealedStream(await startEncryptor(recipients));
  }

  /** The sealed bytes that `bytes` made; the caller keeps `bytes`. */
  write(bytes: Uint8Array): readonly Uint8Array[] {
    const out = this.#prologue();
    this.#encryptor.write(bytes, out);
    return out;
  }

  /** The last of them. */
  end(): readonly Uint8Array[] {
    const out = this.#prologue();
    this.#encryptor.end(out);
    return out;
  }

  /** Forgets the key where the stream was given up. */
  [Symbol.dispose](): void {
    this.#encryptor.wipe();
  }

  #prologue(): Uint8Array[] {
    if (this.#begun) return [];
    this.#begun = true;
    return [this.#encryptor.prologue];
  }
}
