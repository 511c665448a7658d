/**
 * The one decision: may this principal do that, on this camera. A pure function of a table, asked by every route,
 * socket and stream. What the table doesn't say is forbidden.
 */
import type { CameraId } from '../base/ids.ts';
import type { Action, Principal, Role } from './principal.ts';

export type Decision =
  /** `cameras` is what the answer may be about; queries take it as their scope. */
  | { readonly allowed: true; readonly cameras: 'all' | ReadonlySet<CameraId> }
  /** 401: nobody is asking. 403: not this role. 404: not this camera, whose existence must not show. */
  | { readonly allowed: false; readonly status: 401 | 403 | 404 };

export interface AuthorizeOptions {
  /** `security.publisher_can_view`: the first life's publishers could view too. */
  readonly publisherCanView: boolean;
}

type Rule = 'yes' | 'no' | 'if publisher can view';

/** Role by action. An admin has every camera; the others those granted to them. */
const table: Readonly<Record<Action, Readonly<Record<Role, Rule>>>> = {
  'live.view': { admin: 'yes', viewer: 'yes', publisher: 'if publisher can view' },
  'recording.view': { admin: 'yes', viewer: 'yes', publisher: 'if publisher can view' },
  'recording.annotate': { admin: 'yes', viewer: 'no', publisher: 'no' },
  'recording.delete': { admin: 'yes', viewer: 'no', publisher: 'no' },
  'event.view': { admin: 'yes', viewer: 'yes', publisher: 'if publisher can view' },
  'status.view': { admin: 'yes', viewer: 'yes', publisher: 'if publisher can view' },
  'camera.configure': { admin: 'yes', viewer: 'no', publisher: 'no' },
  'stream.publish': { admin: 'yes', viewer: 'no', publisher: 'yes' },
  'stream.play': { admin: 'yes', viewer: 'yes', publisher: 'if publisher can view' },
  'account.manage': { admin: 'yes', viewer: 'no', publisher: 'no' },
  'key.manage': { admin: 'yes', viewer: 'no', publisher: 'no' },
  'audit.view': { admin: 'yes', viewer: 'no', publisher: 'no' },
  'system.view': { admin: 'yes', viewer: 'no', publisher: 'no' },
  'session.own': { admin: 'yes', viewer: 'yes', publisher: 'yes' },
  'account.own': { admin: 'yes', viewer: 'yes', publisher: 'yes' },
};

/** A stream password sits in phones and cameras: it streams and does nothing else, whoever's it is. */
const streamActions: ReadonlySet<Action> = new Set(['stream.publish', 'stream.play']);

export function authorize(
  principal: Principal | undefined,
  action: Action,
  camera: CameraId | undefined,
  options: AuthorizeOptions,
): Decision {
  if (principal === undefined) return { allowed: false, status: 401 };
  if (principal.via === 'stream' && !streamActions.has(action)) return { allowed: false, status: 403 };
  // A token says who it is, and does what it was made for.
  if (principal.via === 'token' && action !== 'session.own' && principal.actions?.has(action) !== true)
    return { allowed: false, status: 403 };
  const rule = table[action][principal.role];
  if (rule !== 'yes' && !(rule === 'if publisher can view' && options.publisherCanView))
    return { allowed: false, status: 403 };
  // An admin has every camera; a token of theirs has those that it was made for.
  const cameras = principal.role === 'admin' && principal.via !== 'token' ? 'all' : principal.cameras;
  if (camera !== undefined && cameras !== 'all' && !cameras.has(camera)) return { allowed: false, status: 404 };
  return { allowed: true, cameras };
}
