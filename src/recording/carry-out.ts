/** Deleting for good what somebody asked for: looked at once more, written down, then done. */
import type { AuditLog } from '../audit/log.ts';
import { Problem } from '../base/problem.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Vault } from '../vault/vault.ts';
import type { Deletion } from './deletion.ts';
import type { DeletionActor, DeletionSubject } from './pending-deletions.ts';

export interface CarryOutParts {
  readonly recordings: Pick<Catalog['recordings'], 'byId' | 'heldBetween'>;
  readonly deletion: Pick<Deletion, 'remove'>;
  readonly vault: Pick<Vault, 'shredDay'>;
  readonly audit: Pick<AuditLog, 'append'>;
}

const dayMs = 86_400_000;

/** Returns how many keys went. @throws Problem recording/held (409), and what removing throws */
export async function carryOutDeletion(
  parts: CarryOutParts,
  subject: DeletionSubject,
  by: DeletionActor,
  askedBy?: string | null,
): Promise<number> {
  const { recordings, deletion, vault, audit } = parts;
  const asked = askedBy === undefined ? {} : { askedBy: askedBy ?? 'a command' };
  if (subject.kind === 'day') {
    const from = Date.parse(`${subject.date}T00:00:00Z`);
    const held = await recordings.heldBetween(from, from + dayMs);
    if (held.length > 0)
      throw new Problem('recording/held', 'recordings of this day are on legal hold', {
        status: 409,
        hint: 'end the hold first: `sentrix recording release ID`',
        safe: { recordings: held.slice(0, 20).join(', ') },
      });
    // Before the deed: a day that can't be written down isn't shredded.
    await audit.append({ kind: 'key.shredded', ...by, detail: { date: subject.date, ...asked } });
    return await vault.shredDay(subject.date);
  }
  const found = await recordings.byId(subject.recording, 'all');
  // Retention was faster
  if (found === undefined) return 0;
  if (found.heldAt !== null) throw new Problem('recording/held', 'this recording is on legal hold', { status: 409 });
  await audit.append({
    ...{ kind: 'recording.deleted', ...by, camera: found.camera },
    detail: { recording: found.id, start: new Date(found.startAt).toISOString(), ...asked },
  });
  await deletion.remove(found.id, 'all');
  return 0;
}
