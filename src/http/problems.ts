/** Codes of the refusals that HTTP itself decides; `docs/problems.md` is made from such tables. */
export const httpProblems = {
  'http/network': 'the address is in no allowed network',
  'http/host': 'the Host header names no host of this server',
  'http/origin': 'the request was made by a page of another site',
  'http/bad-request': 'the request is malformed',
  'http/bad-path': 'the path is none that a recording could have',
  'http/not-found': 'there is nothing at this address',
  'http/media-type': 'the body must be application/json, not compressed',
  'http/too-large': 'body, URL or header is too large',
  'http/timeout': 'the request took too long to arrive',
  'http/invalid': 'a parameter or field is not as the schema wants it',
  'http/range': 'the range lies outside the file',
  'http/plain': 'this port speaks TLS',
  'http/internal': 'a fault of the server; the log has the request id',
  'http/too-many-sockets': 'too many live connections',
  'http/bad-network': 'what should be a network is none',
  'http/dashboard-missing': 'the dashboard has not been built',
  'access/unauthenticated': 'credentials are needed',
  'access/invalid-credentials': 'wrong credentials or a locked account, in one text',
  'http/too-many-streams': 'more streams of events are open than one account, or all, may have',
  'access/forbidden': 'the role does not allow it',
  'access/rate-limited': 'too many tries from this address',
  'access/second-factor': 'the password is right, and a code of the second factor is needed',
  'access/own-account': 'one’s own password and second factor ask for the current password',
  'access/busy': 'too many log-ins at once',
} as const;

export type HttpProblemCode = keyof typeof httpProblems;
