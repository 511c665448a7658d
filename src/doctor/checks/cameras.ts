/** A camera with a factory password belongs to whoever comes first, and from it the whole network does. */
import type { Check, Finding } from '../check.ts';
import { fail, pass, warn } from '../check.ts';

export const cameras: Check = {
  id: 'cameras',
  title: 'Cameras',
  run: ({ config, facts }) => {
    const found: Finding[] = [];
    for (const { id, source, enabled } of config.cameras) {
      if (!enabled || source === undefined) continue;
      const password = facts?.cameras.find((camera) => camera.id === id)?.password;
      if (password === 'common')
        found.push(
          fail(
            `${id} has a password that every attacker tries first`,
            `choose another one in the camera, then \`sentrix camera add ${id}\` with its source again, or the dashboard`,
          ),
        );
      else if (password === 'none' && /^rtsps?:/.test(source))
        found.push(
          warn(`${id} gives its picture to everybody on the network`, 'set a password in the camera, then here'),
        );
      if (/^(?:ffmpeg:)?(?:rtsp|http|rtmp):/.test(source))
        found.push(
          warn(
            `${id} sends in the clear: who is on its network can watch, and show it another picture`,
            'turn on RTSPS or HTTPS in the camera and change its source, or give cameras a network of their own (VLAN)',
          ),
        );
    }
    return found.length > 0 ? found : [pass('none has a factory password or sends in the clear')];
  },
};
