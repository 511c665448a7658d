/**
 * argon2id (RFC 9106) with its parameters in a PHC string, so that they can be raised: a log-in whose stored hash is of
 * weaker parameters is hashed anew. 64 MiB for each hash is why a queue stands before it: at most two run at a time,
 * at most 32 wait, and who comes then is told to come again.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../base/secret.ts';
import { normalPassword } from './passwords.ts';
import { busy } from './problems.ts';

export interface HashParameters {
  /** KiB */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** RFC 9106 §4, second recommended option, with one lane, for the others would be threads of our own pool. */
export const defaultParameters: HashParameters = { memory: 65536, passes: 3, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;

const derive = promisify(argon2);
const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

interface Parsed extends HashParameters {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

function parse(stored: string): Parsed | undefined {
  const match = phc.exec(stored);
  if (match === null) return undefined;
  return {
    memory: Number(match[1]),
    passes: Number(match[2]),
    parallelism: Number(match[3]),
    salt: Buffer.from(match[4]!, 'base64'),
    tag: Buffer.from(match[5]!, 'base64'),
  };
}

function format(parameters: HashParameters, salt: Buffer, tag: Buffer): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  const { memory, passes, parallelism } = parameters;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(tag)}`;
}

export class PasswordHasher {
  readonly #parameters: HashParameters;
  readonly #queue: HashQueue;
  /** A hash that no password has: who isn't there costs the same work as who is. */
  readonly #nobody: string;

  constructor(parameters: HashParameters = defaultParameters, queue = new HashQueue(2, 32)) {
    this.#parameters = parameters;
    this.#queue = queue;
    this.#nobody = format(parameters, randomBytes(saltBytes), randomBytes(tagBytes));
  }

  /** A PHC string. @throws Problem access/busy */
  async hash(password: Secret): Promise<string> {
    const salt = randomBytes(saltBytes);
    return format(this.#parameters, salt, await this.#derive(password, this.#parameters, salt));
  }

  /** False for `undefined` and for what is no PHC string, after the same work. @throws Problem access/busy */
  async verify(password: Secret, stored: string | null | undefined): Promise<boolean> {
    const known = stored === null || stored === undefined ? undefined : parse(stored);
    const expected = known ?? parse(this.#nobody)!;
    const tag = await this.#derive(password, expected, expected.salt);
    return timingSafeEqual(tag, expected.tag) && known !== undefined;
  }

  /** Whether `stored` is weaker than what is made now. */
  isOutdated(stored: string): boolean {
    const known = parse(stored);
    const { memory, passes } = this.#parameters;
    return known === undefined || known.memory < memory || known.passes < passes;
  }

  #derive(password: Secret, parameters: HashParameters, salt: Buffer): Promise<Buffer> {
    return this.#queue.run(async () => {
      const message = normalPassword(password);
      const { memory, passes, parallelism } = parameters;
      const tag = await derive('argon2id', { message, nonce: salt, parallelism, tagLength: tagBytes, memory, passes });
      message.fill(0);
      return tag;
    });
  }
}

/**
 * At most `width` at a time and `depth` waiting, first come first served. On a machine that is busy with something else
 * nobody waits longer than `maxWaitMs`. @throws Problem access/busy when full, or when the wait is over
 */
export class HashQueue {
  readonly #width: number;
  readonly #depth: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #maxWaitMs: number;

  constructor(width: number, depth: number, maxWaitMs = 5000) {
    this.#maxWaitMs = maxWaitMs;
    this.#width = width;
    this.#depth = depth;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) {
      if (this.#waiting.length >= this.#depth) throw busy();
      // Who leaves hands its place to the first who waits, so #running doesn't change between the two.
      await this.#turn();
    } else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        const at = this.#waiting.indexOf(begin);
        if (at === -1) return;
        this.#waiting.splice(at, 1);
        reject(busy());
      }, this.#maxWaitMs);
      this.#waiting.push(begin);
    });
  }
}
