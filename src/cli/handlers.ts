/** The commands that change state, as the control socket offers them and as the command line runs them on a home itself. */
import { cameraOperations } from './operations/camera.ts';
import {
  auditOperations,
  backupOperations,
  certificateOperations,
  deletionOperations,
  recordingOperations,
  systemOperations,
} from './operations/home.ts';
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
  ...deletionOperations,
  ...certificateOperations,
  ...backupOperations,
  ...systemOperations,
};

export function controlHandlers(home: Home): Record<string, Handler> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]): [string, Handler] => [
      name,
      (args, emit, signal) => working(operation(home, args, signal), emit),
    ]),
  );
}

/** Well under the silence that the other end bears: a backup of many recordings takes its time. */
const workingEveryMs = 15_000;

async function working(result: Promise<unknown>, emit: Parameters<Handler>[1]): Promise<unknown> {
  const timer = setInterval(() => emit('working'), workingEveryMs);
  try {
    return await result;
  } finally {
    clearInterval(timer);
  }
}
