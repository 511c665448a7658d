/**
 * Wrapping all day keys anew, so that a crash at any moment leaves either everything as it was or everything as it is to
 * be. The new files are first written into a journal in the home; then the ledger commits to it, to their hashes and to the
 * new owner, all in one transaction; then the files take their places, which needs no key and can be done over again:
 * whoever opens the home next does what is left. Before the commit nothing has happened, and what was prepared is dropped.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { readSmallFile, syncFolder, writeSmallFile } from '../storage/files.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { parseKeyRecipient } from './age/keys.ts';
import { sha256 } from './day-keys.ts';
import type { KeyLedger } from './key-ledger.ts';
import { OwnerFiles } from './owner-files.ts';
import { vaultProblem } from './problems.ts';

/** Ten years of day keys with 32 recipients each are some 20 MB. */
const maxJournalBytes = 128 * 1024 * 1024;

export interface KeySwitchDeps {
  readonly home: string;
  readonly store: ObjectStore;
  readonly ledger: Pick<KeyLedger, 'pending' | 'settled'>;
  readonly log: Log;
}

export interface Journal {
  /** The owner's recipient afterwards. */
  readonly owner: string;
  /** Name and content (base64) of each wrapped key. */
  readonly files: readonly (readonly [name: string, content: string])[];
}

/** Writes what is to be; returns its hash for the ledger. */
export async function writeJournal(home: string, journal: Journal): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(journal));
  await writeSmallFile(pathOf(home), bytes, { exclusive: false });
  return sha256(bytes);
}

/**
 * Ends a change of keys: forwards where the ledger has committed to it, backwards where it hasn't. To be called before
 * anything reads the owner key, and after each commit. Throws `vault/bad-key-file` where the journal isn't the committed one.
 */
export async function settleKeySwitch(deps: KeySwitchDeps): Promise<'nothing' | 'finished' | 'dropped'> {
  const { home, store, ledger, log } = deps;
  const owner = new OwnerFiles(home, log);
  const committed = await ledger.pending();
  const bytes = (await readSmallFile(pathOf(home), maxJournalBytes))?.bytes;
  if (committed === undefined) {
    await owner.dropNext();
    if (bytes === undefined) return 'nothing';
    await removeJournal(home);
    log.warn({}, 'unfinished change of keys dropped');
    return 'dropped';
  }
  if (bytes === undefined || sha256(bytes) !== committed) throw badJournal();
  const journal = JSON.parse(bytes.toString('utf8')) as Journal;
  await owner.promoteNext();
  await owner.writeRecipient(parseKeyRecipient(journal.owner));
  await store.putAll(filesOf(journal));
  await ledger.settled();
  await removeJournal(home);
  return 'finished';
}

export function* filesOf(journal: Journal): Iterable<readonly [string, Buffer]> {
  for (const [name, content] of journal.files) yield [name, Buffer.from(content, 'base64')];
}

async function removeJournal(home: string): Promise<void> {
  await rm(pathOf(home), { force: true });
  await syncFolder(join(home, 'keys'));
}

function pathOf(home: string): string {
  return join(home, 'keys', 'switch.json');
}

function badJournal(): Error {
  return vaultProblem('vault/bad-key-file', 'a change of keys was begun and its journal is gone or was changed', {
    hint: 'restore keys/switch.json of the home from a backup',
    safe: { file: 'keys/switch.json' },
  });
}
