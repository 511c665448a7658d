/** One recording verified for somebody who looks at it. Hashing a clip is work: one at a time, and few may wait. */
import type { RecordingId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { VerifyParts } from './verify.ts';
import { verifyRecordings } from './verify.ts';

const maxWaiting = 8;

export class SingleVerification {
  readonly #parts: VerifyParts;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: VerifyParts) {
    this.#parts = parts;
  }

  /** Nothing where all is well, or where it is still being recorded. @throws Problem recording/busy (503) */
  async faults(id: RecordingId, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#waiting >= maxWaiting)
      throw new Problem('recording/busy', 'too many recordings are being verified', {
        status: 503,
        retryAfterSeconds: 5,
      });
    this.#waiting++;
    const turn = this.#last.then(async () => {
      signal.throwIfAborted();
      const found = await Array.fromAsync(verifyRecordings(this.#parts, id, signal));
      return found.flatMap(({ faults }) => faults);
    });
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }
}
