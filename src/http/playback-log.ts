/** Looking at a recording is one audit entry a viewer and file in ten minutes: a player asks for hundreds of ranges. */
import type { AuditSink, Principal, RecordedFile } from './parts.ts';

const windowMs = 10 * 60_000;
/** Beyond this the oldest is forgotten, which costs one entry more, never one less. */
const maxRemembered = 4096;

export class PlaybackLog {
  readonly #audit: AuditSink;
  readonly #clock: { monotonicMs(): number };
  /** Viewer and file → when the entry was written; in the order of writing. */
  readonly #noted = new Map<string, number>();

  constructor(audit: AuditSink, clock: { monotonicMs(): number }) {
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Resolves when the look is on record. Thumbnails of a list count as one look a camera. */
  async note(principal: Principal, address: string, file: RecordedFile): Promise<void> {
    const what = file.kind === 'clip' ? `clip ${file.recording}` : `thumbnails ${file.camera}`;
    const key = `${principal.sessionId ?? `${principal.accountId} ${address}`} ${what}`;
    const now = this.#clock.monotonicMs();
    const before = this.#noted.get(key);
    if (before !== undefined && now - before < windowMs) return;
    await this.#audit.append({
      kind: file.kind === 'clip' ? 'recording.viewed' : 'thumbnails.viewed',
      who: principal.username,
      from: address,
      camera: file.camera,
      detail: file.kind === 'clip' ? { recording: file.recording } : {},
    });
    this.#noted.delete(key);
    this.#noted.set(key, now);
    for (const [oldest, at] of this.#noted) {
      if (this.#noted.size <= maxRemembered && now - at < windowMs) break;
      this.#noted.delete(oldest);
    }
  }
}
