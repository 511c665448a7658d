/** ffmpeg decodes what cameras send, which may be hostile: its version, and the cage that it runs in. */
import type { Check, Finding } from '../check.ts';
import { fail, pass, warn } from '../check.ts';

/** Debian 12's; older ones are not tried, and have had no security fixes for long. */
const oldestMajor = 5;

export const programs: Check = {
  id: 'programs',
  title: 'ffmpeg and its sandbox',
  run: async ({ machine, facts, config }) => {
    const found: Finding[] = [];
    const asked = await machine.run('ffmpeg', ['-hide_banner', '-version']);
    const version = /^ffmpeg version \D?(\d+)(\S*)/m.exec(asked?.output ?? '');
    const install = 'sudo apt install ffmpeg bubblewrap';
    if (asked === undefined)
      found.push(
        config.detection.enabled
          ? fail('ffmpeg is missing: nothing is detected, and no thumbnail is made', install)
          : warn('ffmpeg is missing', install),
      );
    else if (version !== null && Number(version[1]) < oldestMajor)
      found.push(
        warn(
          `ffmpeg ${version[1]}${version[2]} is old; hostile video has been used against such`,
          'sudo apt update && sudo apt upgrade ffmpeg',
        ),
      );
    const sandbox =
      facts?.server?.sandbox ??
      ((await machine.run('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true']))?.code === 0
        ? 'bubblewrap'
        : 'weaker');
    if (sandbox === 'none') found.push(fail('ffmpeg and the model run in no sandbox at all', install));
    else if (sandbox !== 'bubblewrap')
      found.push(
        warn(
          `ffmpeg and the model run in a weaker sandbox (${sandbox}): they see the files of this user`,
          `${install}; in a container, allow user namespaces (docs/operations/install.md)`,
        ),
      );
    return found.length > 0 ? found : [pass(`ffmpeg ${version?.[1] ?? '?'}${version?.[2] ?? ''} in bubblewrap`)];
  },
};
