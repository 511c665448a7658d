/** The state of a camera as words for a person, from what the server says and from what this browser really shows. */
import type { StreamStateMessage } from '../../../src/wire/live.ts';
import { messages } from '../messages/messages.ts';

export interface StateWords {
  readonly text: string;
  readonly tone: 'ok' | 'quiet' | 'warn' | 'alert';
  /** The picture on the screen is not of now. */
  readonly isOld: boolean;
  /** Nothing is known of now: what the server said last must not be shown as if it held. */
  readonly isOffline?: boolean;
}

export interface StateInput {
  readonly state: StreamStateMessage;
  /** The browser has a connection to the server. */
  readonly connected: boolean;
  /** Now by the server's clock, UTC ms. */
  readonly now: number;
  /** When the last picture was drawn here, by the server's clock; null before the first; undefined where none is shown. */
  readonly drawnAt?: number | null;
  readonly unsupported?: boolean;
}

// The server calls a stream stalled by its own rule; here it is the way to this browser that may be slow.
const quietPictureMs = 5_000;

export function stateWords(input: StateInput): StateWords {
  const words = messages.state;
  const { state, now } = input;
  if (!input.connected) return { text: words.offline, tone: 'warn', isOld: true, isOffline: true };
  switch (state.kind) {
    case 'live':
      return liveWords(input);
    case 'connecting':
      return { text: words.connecting, tone: 'quiet', isOld: true };
    case 'stalled':
      return {
        text: state.lastSampleAt === null ? words.stalledNever : words.stalled(spanSince(state.lastSampleAt, now)),
        tone: 'warn',
        isOld: true,
      };
    case 'unauthorized':
      return { text: words.unauthorized, tone: 'alert', isOld: true };
    case 'unreachable':
      return {
        text:
          state.retryAt === null
            ? words.unreachable
            : words.reconnecting(Math.ceil(Math.max(0, state.retryAt - now) / 1000)),
        tone: 'alert',
        isOld: true,
      };
    case 'waiting':
      return { text: words.waiting, tone: 'quiet', isOld: true };
    case 'disabled':
      return { text: isPrivate(state) ? words.privacy : words.disabled, tone: 'quiet', isOld: true };
    default:
      return state.kind satisfies never;
  }
}

/** Switched off by somebody for privacy: not even its last picture is shown. */
export function isPrivate(state: StreamStateMessage): boolean {
  return state.code === 'camera/privacy';
}

function liveWords(input: StateInput): StateWords {
  const words = messages.state;
  if (input.unsupported === true) return { text: words.unsupported, tone: 'warn', isOld: true };
  if (input.drawnAt === null) return { text: words.starting, tone: 'quiet', isOld: true };
  if (input.drawnAt !== undefined && input.now - input.drawnAt > quietPictureMs)
    return { text: words.stalled(spanSince(input.drawnAt, input.now)), tone: 'warn', isOld: true };
  return { text: words.live, tone: 'ok', isOld: false };
}

function spanSince(at: number, now: number): string {
  return messages.span(Math.max(0, Math.floor((now - at) / 1000)));
}
