/** How the owner key is kept, and whether anybody could open the recordings after a fire. */
import type { Check, Finding } from '../check.ts';
import { fail, pass, warn } from '../check.ts';

export const encryption: Check = {
  id: 'encryption',
  title: 'Encryption',
  run: ({ config, facts }) => {
    if (facts === undefined) return [];
    const { kind, mode } = facts.owner;
    if (kind === 'absent') {
      const mend = 'open the set-up link and choose how the owner key is kept';
      return config.recording.enabled
        ? [fail('there is no owner key, so nothing is recorded', mend)]
        : [warn('there is no owner key', mend)];
    }
    const found: Finding[] = [];
    if (mode === 'keyfile')
      found.push(
        warn(
          'the owner key lies in the home in the clear: whoever has the disk has the video',
          'print the sheet (`sentrix key export -o sheet.txt`), then keep the home on an encrypted disk, or set the system up anew with a passphrase and `sentrix recover`',
        ),
      );
    const escrow = facts.escrow + config.security.encryption.recipients.length;
    if (escrow === 0)
      found.push(
        warn(
          'the sheet is the only way back when the owner key is lost',
          'print the sheet (`sentrix key export -o sheet.txt`), or let somebody you trust hold a key: `sentrix key escrow add RECIPIENT`',
        ),
      );
    return found.length > 0 ? found : [pass(`owner key by ${mode ?? 'unknown'}, ${escrow} in escrow`)];
  },
};
