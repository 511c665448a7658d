/** `deletion …`: what waits to be deleted. */
import { usage } from '../problems.ts';
import { atHome } from '../reach.ts';
import type { HomeDeletion } from '../system.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

export const deletionList: Command = async (context) => {
  const { out } = context;
  const { result } = await atHome<{ deletions: readonly HomeDeletion[] }>(reachOf(context), 'deletion.list', {});
  for (const one of result.deletions) out.event('deletion', { ...one });
  const rows = result.deletions.map(({ id, subject, by, dueAt, confirmable }) => [
    ...[String(id), subject.kind === 'day' ? `day ${subject.date}` : `recording ${subject.recording}`],
    by ?? 'a command',
    dueAt === null ? '-' : new Date(dueAt).toISOString(),
    confirmable ? 'yes' : 'no',
  ]);
  if (rows.length === 0) out.text('Nothing waits to be deleted.');
  else out.table(['ID', 'WHAT', 'ASKED BY', 'DONE AT', 'CONFIRMABLE'], rows);
  return done(out, { count: rows.length });
};

export const deletionCancel: Command = (context) => change(context, 'deletion.cancel', 'stopped');

export const deletionConfirm: Command = (context) => change(context, 'deletion.confirm', 'done');

async function change(context: Context, operation: string, outcome: string): Promise<number> {
  const text = context.positionals[0]!;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw usage(`the id of a deletion is a number, not "${text}"`);
  await atHome(reachOf(context), operation, { id: Number(text) });
  context.out.text(`Deletion ${text} is ${outcome}.`);
  return done(context.out, { id: Number(text) });
}
