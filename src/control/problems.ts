/** Codes of the control socket and the home's lock. */
export const controlProblems = {
  'control/home-in-use': 'another process works on this home',
  'control/not-running': 'no server is running on this home',
  'control/no-answer': 'the server said nothing within the time limit',
  'control/bad-request': 'the request on the control socket was not understood',
  'control/unknown-command': 'the server does not know this command',
  'control/path-too-long': 'the home lies too deep for a socket',
  'control/cut-off': 'the server ended before the command did',
  'control/failed': 'the command failed inside the server',
} as const;

export type ControlProblemCode = keyof typeof controlProblems;
