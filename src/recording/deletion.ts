/** Deleting a recording by hand: its row says so first, then clip, tail, thumbnail and facts go. */
import type { RecordingId } from '../base/ids.ts';
import { Problem } from '../base/problem.ts';
import type { RecordingQueries } from '../catalog/recordings.ts';
import type { CameraScope } from '../catalog/scope.ts';
import { tailNameOf } from '../storage/object-name.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { FactsFiles } from './facts-file.ts';
import { picturesBeside } from './names.ts';

export interface DeletionParts {
  readonly recordings: RecordingQueries;
  readonly store: ObjectStore;
  readonly facts: Pick<FactsFiles, 'remove'>;
}

export class Deletion {
  readonly #parts: DeletionParts;

  constructor(parts: DeletionParts) {
    this.#parts = parts;
  }

  /**
   * False where there is no such recording in `scope`.
   * @throws Problem recording/running (409) while it is being recorded, recording/held (409) while it is on legal hold
   */
  async remove(id: RecordingId, scope: CameraScope): Promise<boolean> {
    const { recordings, store, facts } = this.#parts;
    const running = await recordings.byId(id, scope);
    if (running?.state === 'open') {
      throw new Problem('recording/running', 'this recording is still being made', {
        status: 409,
        hint: 'wait until it is finished',
      });
    }
    if (running !== undefined && running.heldAt !== null) {
      throw new Problem('recording/held', 'this recording is on legal hold', {
        status: 409,
        hint: 'end the hold first: `sentrix recording release ID`',
      });
    }
    const recording = await recordings.delete(id, scope);
    if (recording === undefined) return false;
    const clip = `${recording.file}.age`;
    await store.remove(clip);
    await store.remove(tailNameOf(clip));
    await facts.remove(recording);
    if (recording.thumbnail !== null) {
      const { crop, preview } = picturesBeside(recording.thumbnail);
      for (const name of [recording.thumbnail, crop, preview]) await store.remove(`${name}.age`);
    }
    return true;
  }
}
