/** A fault in a program that runs as root is the whole machine's. */
import type { Check } from '../check.ts';
import { pass, warn } from '../check.ts';

export const superuser: Check = {
  id: 'superuser',
  title: 'User it runs as',
  run: ({ machine }) =>
    machine.uid === 0
      ? [
          warn(
            'it runs as root, and needs nothing of root',
            'run it as a user of its own (docs/operations/install.md: systemd)',
          ),
        ]
      : [pass(`user ${machine.uid}`)],
};
