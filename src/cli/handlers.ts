/** The commands that change state, as the control socket offers them and as the command line runs them on a home itself. */
import { cameraOperations } from './operations/camera.ts';
import { auditOperations, certificateOperations, recordingOperations, systemOperations } from './operations/home.ts';
import { keyOperations } from './operations/key.ts';
import type { Operation } from './operations/operation.ts';
import { userOperations } from './operations/user.ts';
import type { Handler, Home } from './system.ts';

export const operations: Readonly<Record<string, Operation>> = {
  ...userOperations,
  ...cameraOperations,
  ...keyOperations,
  ...recordingOperations,
  ...auditOperations,
  ...certificateOperations,
  ...systemOperations,
};

export function controlHandlers(home: Home): Record<string, Handler> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]): [string, Handler] => [
      name,
      (args, _emit, signal) => operation(home, args, signal),
    ]),
  );
}
