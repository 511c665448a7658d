/** What the configuration asks for and doesn't get. That it can be read is settled before any check. */
import type { Check } from '../check.ts';
import { pass, warn } from '../check.ts';

export const configuration: Check = {
  id: 'configuration',
  title: 'Configuration',
  run: ({ config, configFile }) => {
    if (config.notices.length > 0)
      return config.notices.map((key) =>
        warn(`${key} is set, but this version does nothing with it`, `remove ${key} from the configuration`),
      );
    return [pass(configFile === undefined ? 'no file: the safe defaults count' : 'read, and everything in it counts')];
  },
};
