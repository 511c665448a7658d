/**
 * A checkpoint: size and root of the log at a moment (C2SP tlog-checkpoint), signed as a note by Ed25519 (C2SP signed-note). The
 * text is what witnesses keep and what others verify; any implementation of those two specifications does.
 */
import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
}

/** Ed25519 in the note's list of algorithms. */
const algorithm = 1;
const keyBytes = 32;
// RFC 8410 §7 and §4: what stands before the 32 bytes
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export class CheckpointSigner {
  /** As the note's signature line has it; no space, no plus. */
  readonly name: string;
  readonly #key: KeyObject;
  readonly #public: Buffer;

  /** `seed`: 32 random bytes, the caller's to wipe. */
  constructor(name: string, seed: Uint8Array) {
    if (!/^[^\s+]+$/.test(name) || seed.length !== keyBytes) throw new RangeError('a name without spaces and 32 bytes');
    this.name = name;
    this.#key = createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' });
    this.#public = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length);
  }

  /** `NAME+KEYHASH+KEY`, as signed-note writes a verifier key. */
  verifierKey(): string {
    const id = noteKeyId(this.name, this.#public).toString('hex');
    return `${this.name}+${id}+${Buffer.concat([Buffer.of(algorithm), this.#public]).toString('base64')}`;
  }

  sign({ origin, size, root }: Checkpoint): string {
    const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
    const signature = Buffer.concat([noteKeyId(this.name, this.#public), sign(null, Buffer.from(text), this.#key)]);
    return `${text}\n\u2014 ${this.name} ${signature.toString('base64')}\n`;
  }
}

/** The checkpoint of a note that the holder of this verifier key has signed; `undefined` for anything else. */
export function tryOpenCheckpoint(note: string, verifierKey: string): Checkpoint | undefined {
  const [name, id, encoded] = verifierKey.split('+', 2).concat(verifierKey.split('+').slice(2).join('+'));
  const key = Buffer.from(encoded ?? '', 'base64');
  if (name === undefined || key.length !== keyBytes + 1 || key[0] !== algorithm) return undefined;
  const bytes = key.subarray(1);
  if (noteKeyId(name, bytes).toString('hex') !== id) return undefined;
  const match = /^(([^\n]+)\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\n)\n((?:\u2014 [^\n]+\n)+)$/.exec(note);
  if (match === null) return undefined;
  const [, text, origin, size, root, signatures] = match as unknown as [string, string, string, string, string, string];
  const publicKey = createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' });
  for (const line of signatures.trimEnd().split('\n')) {
    const [, signer, base64] = line.split(' ');
    const signature = Buffer.from(base64 ?? '', 'base64');
    if (signer !== name || signature.subarray(0, 4).toString('hex') !== id) continue;
    if (!verify(null, Buffer.from(text), publicKey, signature.subarray(4))) return undefined;
    return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
  }
  return undefined;
}

/** signed-note, "Signature verification": the key's name, a line end, the algorithm, the key. */
export function noteKeyId(name: string, key: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(algorithm)).update(key).digest().subarray(0, 4);
}
