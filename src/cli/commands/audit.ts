/** `audit …`: what was done, by whom, and whether the log is what it was. */
import { open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Problem } from '../../base/problem.ts';
import { usage } from '../problems.ts';
import { atHome } from '../reach.ts';
import type { HomeAuditEntry, HomeAuditVerification, HomeWitness } from '../system.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

const page = 1000;
const maxNoteBytes = 4096;

export const auditShow: Command = async (context) => {
  const { options, out } = context;
  const text = String(options['limit'] ?? '100');
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > page) throw usage(`--limit takes a number from 1 to ${page}, not "${text}"`);
  const entries = await read(context, -limit, limit);
  for (const { at, ...entry } of entries) out.event('entry', { ...entry, timestamp: new Date(at).toISOString() });
  const rows = entries.map(({ sequence, at, kind, who, from, camera, detail }) => [
    ...[String(sequence), new Date(at).toISOString(), kind, who ?? '-', from ?? '-', camera ?? '-'],
    Object.entries(detail ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  ]);
  out.table(['NO', 'TIME', 'WHAT', 'WHO', 'FROM', 'CAMERA', 'DETAIL'], rows);
  return done(out, { count: rows.length });
};

export const auditVerify: Command = async (context) => {
  const { options, out, io } = context;
  const named = options['checkpoint'];
  const earlier: string[] = [];
  for (const path of Array.isArray(named) ? named : []) earlier.push(await noteOf(resolve(io.cwd, String(path))));
  type Verified = HomeAuditVerification & { readonly witnesses: readonly HomeWitness[] };
  const { result } = await atHome<Verified>(reachOf(context), 'audit.verify', { earlier });
  for (const witness of result.witnesses) {
    const { kind, target, state, size, problem } = witness;
    out.event('witness', { ...witness });
    if (state === 'failing') out.text(`witness ${kind} ${target}: ${problem}`);
    else if (size !== null) out.text(`witness ${kind} ${target}: has the first ${size} entries`);
  }
  for (const fault of result.faults) {
    out.event('fault', { ...fault });
    const where = fault.sequence ?? fault.size;
    out.text(where === undefined ? fault.kind : `${fault.kind}: ${where}`);
  }
  if (result.faults.length > 0)
    throw new Problem('audit/damaged', 'the audit log is not what it was', {
      status: 409,
      hint: 'keep HOME/audit as it is for an examination',
    });
  out.text(`${result.entries} entries, nothing wrong; root ${result.root}`);
  return done(out, { entries: result.entries, root: result.root });
};

/** All of it in the clear, a JSON line an entry, for whoever examines it. */
export const auditExport: Command = async (context) => {
  const { options, out, io } = context;
  const target = options['output'];
  if (typeof target !== 'string') throw usage('audit export needs -o FILE');
  await using file = await open(resolve(io.cwd, target), 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const detail =
      cause.code === 'EEXIST' ? 'there is a file of this name already' : 'the file cannot be written there';
    throw new Problem('cli/file', detail, { status: 409, hint: 'choose another -o', cause });
  });
  let count = 0;
  for (;;) {
    const entries = await read(context, count, page);
    await file.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    count += entries.length;
    if (entries.length < page) break;
  }
  out.text(`${count} entries written to ${target}`);
  return done(out, { count });
};

async function read(context: Context, from: number, limit: number): Promise<readonly HomeAuditEntry[]> {
  const { result } = await atHome<{ entries: readonly HomeAuditEntry[] }>(reachOf(context), 'audit.read', {
    from,
    limit,
  });
  return result.entries;
}

async function noteOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Problem('cli/file', 'the checkpoint cannot be read', { status: 400, safe: { path }, cause });
  });
  if (text.length <= maxNoteBytes) return text;
  throw new Problem('cli/file', 'this is no checkpoint: it is too long', { status: 400, safe: { path } });
}
