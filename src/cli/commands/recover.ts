/** `recover`: a new home from the owner's sheet and the recordings directory, and nothing else. */
import { resolve } from 'node:path';
import { askPassword } from '../passwords.ts';
import { usage } from '../problems.ts';
import { openedHome } from '../reach.ts';
import { localActor } from '../system.ts';
import type { Command } from './context.ts';
import { done, reachOf } from './context.ts';
import { tellReindexed } from './recording.ts';

export const recover: Command = async (context) => {
  const { options, out, io } = context;
  const named = options['recordings'];
  if (typeof named !== 'string') throw usage('recover needs --recordings DIR');
  const directory = resolve(io.cwd, named);
  const identity = await askPassword(io, {
    fromStdin: options['password-stdin'] === true,
    prompt: 'Key of the sheet (AGE-SECRET-KEY-1…)',
    confirm: false,
  });
  const reach = reachOf(context);
  const config = await reach.loadConfig();
  const passphrase =
    config.security.encryption.mode === 'passphrase'
      ? await askPassword(io, { fromStdin: false, prompt: 'A passphrase for this machine', confirm: true })
      : undefined;
  const recordings = { ...config.recording, recordings_dir: directory };
  await using home = await openedHome({ ...reach, loadConfig: async () => ({ ...config, recording: recordings }) });
  const keys = await home.vault.recover({ identity, ...(passphrase === undefined ? {} : { passphrase }) }, localActor);
  out.text(`The owner key is ${keys.recipient}; it opens the keys of ${keys.adopted} days.`);
  if (keys.foreign > 0) out.text(`${keys.foreign} keys were sealed for another owner and stay as they are.`);
  const found = await home.recordings.reindex(new AbortController().signal);
  tellReindexed(context, found);
  if (config.recording.recordings_dir !== directory)
    out.text(`Set recording.recordings_dir to ${directory} before you start the system.`);
  return done(out, { ...keys, ...found });
};
