/** Who is asking, and what may be asked for. */
import type { AccountId, CameraId } from '../base/ids.ts';

export const roles = ['admin', 'viewer', 'publisher'] as const;
export type Role = (typeof roles)[number];

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

/** How it was shown who is asking. `stream` is the password of a device, good for RTSP alone. */
export type Via = 'session' | 'basic' | 'stream' | 'token';

export interface Principal {
  readonly accountId: AccountId;
  readonly username: string;
  readonly role: Role;
  /** Granted cameras; for an admin always `'all'`, but for a token those of the token. */
  readonly cameras: 'all' | ReadonlySet<CameraId>;
  readonly via: Via;
  /** Names the session in lists and in `onSessionEnded`; it can't be used as a cookie. */
  readonly sessionId?: string;
  /** Of a token: all that it is good for. */
  readonly actions?: ReadonlySet<Action>;
}

export const actions = [
  'live.view',
  'recording.view',
  'recording.annotate',
  'recording.delete',
  'event.view',
  'status.view',
  'camera.configure',
  'stream.publish',
  'stream.play',
  'account.manage',
  'key.manage',
  'audit.view',
  'system.view',
  'session.own',
  'account.own',
] as const;
export type Action = (typeof actions)[number];

/** What a token may be made for: what one looks at and does, never accounts or keys. */
export const tokenActions = [
  'stream.publish',
  'live.view',
  'recording.view',
  'recording.annotate',
  'recording.delete',
  'event.view',
  'status.view',
  'audit.view',
  'system.view',
] as const satisfies readonly Action[];

/** By which door a password came in, for the audit log. */
export type Entrance = 'login' | 'verify' | 'basic' | 'rtsp' | 'websocket' | 'setup' | 'account';
