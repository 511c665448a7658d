/**
 * How a connection may fail, by stable code. No text of the other side gets into a `detail`: it may be anything, from
 * escape sequences to a password. Numbers, methods and our own words say enough.
 */
import { Problem } from '../base/problem.ts';
import type { MessageFault } from './message.ts';

export function unreachable(detail: string, cause?: unknown): Problem {
  return new Problem('camera/unreachable', detail, {
    status: 503,
    hint: 'check that the camera is on, and its address and port',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function unauthorized(detail: string, hint = 'set the user name and password of the camera anew'): Problem {
  return new Problem('camera/unauthorized', detail, { status: 503, hint });
}

/** The camera once offered Digest and now wants the password in the clear: a fault of its settings, or somebody between. */
export function downgraded(): Problem {
  return new Problem(
    'camera/unauthorized',
    'the camera, which knew Digest before, now asks for the password in the clear',
    {
      status: 503,
      hint: 'switch Digest on in the camera; if nobody switched it off, look for somebody in between',
      safe: { downgrade: true },
    },
  );
}

/** The certificate isn't one that we were told to trust. */
export function untrusted(cause?: unknown): Problem {
  return new Problem('camera/untrusted', 'the certificate of the camera is not trusted', {
    status: 503,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The camera has shown another certificate before. */
export function certificateChanged(): Problem {
  return new Problem('camera/certificate-changed', 'the camera shows another certificate than before', {
    status: 503,
    hint: 'if its certificate was renewed, take the new one by: sentrix camera trust NAME; else look for somebody in between',
  });
}

export function notRtsp(): Problem {
  return new Problem('camera/not-rtsp', 'what answers at this address does not speak RTSP', {
    status: 503,
    hint: 'check the port: RTSP is mostly on 554, web pages on 80 and 443',
  });
}

/** RTSP, but not as we or the standard know it. */
export function protocol(detail: string, safe: Readonly<Record<string, unknown>> = {}, hint?: string): Problem {
  return new Problem('camera/protocol', detail, { status: 503, safe, ...(hint === undefined ? {} : { hint }) });
}

export function stalled(silentMs: number): Problem {
  return new Problem('camera/stalled', `no packet for ${silentMs / 1000} s`, { status: 503 });
}

export function redirected(detail: string): Problem {
  return new Problem('camera/redirected', detail, {
    status: 503,
    hint: 'if the camera has moved, configure its new address',
  });
}

export function noVideo(encodings: readonly string[]): Problem {
  return new Problem('camera/no-video', 'the camera offers no H.264 or H.265 video here', {
    status: 503,
    hint: 'choose H.264 in the settings of the camera, and check the path of the URL',
    safe: { encodings },
  });
}

export function closedByCamera(cause?: unknown): Problem {
  return new Problem('camera/closed', 'the camera closed the connection', {
    status: 503,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** We ended it ourselves. */
export function closedByUs(): Problem {
  return new Problem('camera/closed', 'the connection was closed', { status: 503 });
}

/** What a broken byte stream of a camera means. */
export function cameraFault(fault: MessageFault, answered: boolean): Problem {
  if (fault.kind === 'not-rtsp' && !answered) return notRtsp();
  const detail =
    fault.kind === 'not-rtsp' ? 'the camera lost the framing of its data' : `the camera sent ${faults[fault.kind]}`;
  return protocol(detail, { fault: fault.message, offset: fault.offset });
}

const faults = { malformed: 'a malformed message', 'too-large': 'a message beyond all limits' } as const;

/** Why a connection to our server ended: what `PublishSink.closed` is told. */
export const serverCloseReasons = {
  'rtsp/teardown': 'the other side ended the session',
  'rtsp/closed': 'the other side closed the connection',
  'rtsp/silent': 'the other side sent nothing for too long',
  'rtsp/malformed': 'the other side sent what is not RTSP',
  'rtsp/slow': 'the other side does not read what it is sent',
  'rtsp/replaced': 'another publisher took over',
  'rtsp/shutdown': 'the server is shutting down',
  'rtsp/failed': 'the connection failed on our side',
} as const;
export type ServerCloseCode = keyof typeof serverCloseReasons;

export function serverClosed(code: ServerCloseCode, cause?: unknown): Problem {
  return new Problem(code, serverCloseReasons[code], { status: 503, ...(cause === undefined ? {} : { cause }) });
}
