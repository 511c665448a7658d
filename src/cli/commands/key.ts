/** `key …`: the owner key, who else can open what is recorded, and the days. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Problem } from '../../base/problem.ts';
import type { Secret } from '../../base/secret.ts';
import { sheetHtml, sheetText } from '../../vault/key-sheet.ts';
import { askPassword, openTerminal, passwordLines } from '../passwords.ts';
import { usage } from '../problems.ts';
import { askServer, atHome } from '../reach.ts';
import type { HomeKeyFacts, HomeRewrapped, HomeShredded } from '../system.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

interface VaultStatus {
  readonly kind: 'absent' | 'locked' | 'open';
  readonly mode?: string;
  readonly ownerRecipient?: string;
}

const words = {
  absent: 'There is no owner key yet, so nothing is recorded. The set-up in the browser makes it.',
  locked: 'The owner key is locked: live view and recording go on, playback waits for `sentrix key unlock`.',
  open: 'The owner key is open.',
};

export const keyStatus: Command = async (context) => {
  const { out } = context;
  const { result } = await atHome<VaultStatus & { readonly keys: HomeKeyFacts }>(reachOf(context), 'key.status', {});
  const { kind, mode, ownerRecipient, keys } = result;
  out.text(words[kind]);
  if (mode !== undefined) out.text(`  kept as    ${mode}`);
  if (ownerRecipient !== undefined) out.text(`  recipient  ${ownerRecipient}`);
  for (const recipient of keys.escrow) out.text(`  escrow     ${recipient}`);
  for (const recipient of keys.configured) out.text(`  escrow     ${recipient} (of the configuration)`);
  const { firstDay, lastDay } = keys;
  out.text(`  day keys   ${keys.dayKeys}${firstDay === undefined ? '' : ` (${firstDay} to ${lastDay})`}`);
  return done(out, {
    state: kind,
    mode: mode ?? null,
    recipient: ownerRecipient ?? null,
    escrow: [...keys.escrow, ...keys.configured],
    dayKeys: keys.dayKeys,
    firstDay: firstDay ?? null,
    lastDay: lastDay ?? null,
  });
};

export const keyUnlock: Command = async (context) => {
  const { out } = context;
  const ask = async <T>(operation: string, args: object): Promise<T> => {
    const result = await askServer<T>(reachOf(context), operation, args);
    if (result !== undefined) return result;
    throw new Problem('cli/needs-server', 'there is no running server to unlock', {
      status: 409,
      hint: 'start it first',
    });
  };
  // A keyfile has no passphrase to ask for
  const { mode } = await ask<VaultStatus>('key.status', {});
  const given = mode === 'keyfile' ? {} : { passphrase: (await askPassphrase(context)).reveal() };
  const result = await ask<VaultStatus>('key.unlock', given);
  out.text(words[result.kind]);
  return done(out, { state: result.kind });
};

export const keyRotate: Command = async (context) => {
  const { out, options } = context;
  // Asked for even while the key is open: whoever makes a new owner key is to know the old one's passphrase
  const { result: status } = await atHome<VaultStatus>(reachOf(context), 'key.status', {});
  const wantsNew = options['new-passphrase'] === true;
  if (wantsNew && status.mode !== 'passphrase') throw usage('this owner key is not kept under a passphrase');
  const [passphrase, next] = status.mode === 'passphrase' ? await askForRotation(context, wantsNew) : [];
  const { result } = await atHome<HomeRewrapped & { readonly recipient: string }>(reachOf(context), 'key.rotate', {
    ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    ...(next === undefined ? {} : { newPassphrase: next.reveal() }),
  });
  out.text(`The owner key is a new one: ${result.recipient}`);
  tellRewrapped(context, result);
  out.text('Print its sheet with `sentrix key export`: the old one opens only copies made before now.');
  return done(out, { ...result });
};

export const keyEscrowAdd: Command = (context) =>
  changeEscrow(context, 'key.escrow-add', 'can open every recording now');

export const keyEscrowRemove: Command = (context) =>
  changeEscrow(context, 'key.escrow-remove', 'opens nothing that is here any more');

async function changeEscrow(context: Context, operation: string, outcome: string): Promise<number> {
  const { out } = context;
  const recipient = context.positionals[0]!;
  const passphrase = await neededPassphrase(context, isLocked);
  const { result } = await atHome<HomeRewrapped>(reachOf(context), operation, { recipient, ...passphrase });
  out.text(`${recipient} ${outcome}.`);
  tellRewrapped(context, result);
  return done(out, { ...result });
}

export const keyShred: Command = async (context) => {
  const { out, options } = context;
  const date = context.positionals[0]!;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(`${date}T00:00:00Z`)))
    throw usage(`a day looks like 2026-11-24 (UTC), not "${date}"`);
  if (options['yes'] !== true)
    throw usage(`this makes every recording of ${date} (UTC) unreadable for good; say --yes if that is meant`);
  const { result } = await atHome<HomeShredded>(reachOf(context), 'key.shred', { date });
  if (result.waiting !== undefined) {
    const { id, dueAt } = result.waiting;
    out.text(
      dueAt === null ? `${date} waits for an admin to agree.` : `${date} goes at ${new Date(dueAt).toISOString()}.`,
    );
    out.text(`\`sentrix deletion cancel ${id}\` stops it.`);
    return done(out, { date, ...result });
  }
  out.text(`${date}: ${result.keys} ${result.keys === 1 ? 'key is' : 'keys are'} gone. Nobody can open that day here.`);
  out.text('Copies of the recordings directory that hold its keys still open with the owner key.');
  return done(out, { date, ...result });
};

/** The sheet is a secret: into a file of its owner's alone, or onto the terminal. */
export const keyExport: Command = async (context) => {
  const { out, options, io } = context;
  const target = options['output'];
  const terminal = typeof target === 'string' ? undefined : await openTerminal(io);
  const passphrase = await neededPassphrase(context, isLocked);
  const { result } = await atHome<{ identity: string; recipient: string }>(reachOf(context), 'key.export', {
    ...passphrase,
  });
  const sheet = { ...result, madeAt: io.clock.now() };
  if (typeof target === 'string') {
    const path = resolve(io.cwd, target);
    await writeSheet(path, target.endsWith('.html') ? sheetHtml(sheet) : sheetText(sheet));
    out.text(`The sheet is in ${target}. Print it, keep the paper, and remove the file.`);
  } else await terminal?.show(sheetText(sheet));
  await terminal?.[Symbol.asyncDispose]();
  return done(out, { recipient: result.recipient });
};

async function writeSheet(path: string, text: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const detail = code === 'EEXIST' ? 'there is a file of this name already' : 'the sheet cannot be written there';
    throw new Problem('cli/file', detail, { status: 409, hint: 'choose another -o', safe: { path }, cause });
  }
}

function tellRewrapped({ out }: Context, { changed, skipped }: HomeRewrapped): void {
  out.text(`  ${changed} day keys wrapped anew`);
  if (skipped > 0) out.text(`  ${skipped} left as they were: gone, damaged, or another owner's`);
}

function isLocked(status: VaultStatus): boolean {
  return status.kind === 'locked' && status.mode === 'passphrase';
}

async function neededPassphrase(
  context: Context,
  needed: (status: VaultStatus) => boolean,
): Promise<{ readonly passphrase?: string }> {
  const { result } = await atHome<VaultStatus>(reachOf(context), 'key.status', {});
  return needed(result) ? { passphrase: (await askPassphrase(context)).reveal() } : {};
}

async function askForRotation(context: Context, wantsNew: boolean): Promise<readonly Secret[]> {
  if (context.options['password-stdin'] === true) return passwordLines(context.io, wantsNew ? 2 : 1);
  const passphrase = await askPassphrase(context);
  if (!wantsNew) return [passphrase];
  const next = { fromStdin: false, prompt: 'New passphrase of the owner key', confirm: true };
  return [passphrase, await askPassword(context.io, next)];
}

function askPassphrase({ options, io }: Context): Promise<Secret> {
  return askPassword(io, {
    fromStdin: options['password-stdin'] === true,
    prompt: 'Passphrase of the owner key',
    confirm: false,
  });
}
