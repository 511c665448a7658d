/** `mirror …`: the second copy. */
import { askPassword } from '../passwords.ts';
import { atHome } from '../reach.ts';
import type { Command } from './context.ts';
import { done, reachOf } from './context.ts';

/** The secret of the bucket's account is sealed in the home, and is used from the next try on. */
export const mirrorLogin: Command = async (context) => {
  const { io, options, out } = context;
  const id = context.positionals[0]!;
  const secret = await askPassword(io, {
    fromStdin: options['password-stdin'] === true,
    prompt: 'Secret access key',
    confirm: false,
  });
  await atHome(reachOf(context), 'mirror.login', { id, secret: secret.reveal() });
  out.text('The credentials of the bucket are kept.');
  return done(out, { id });
};
