/**
 * Milliseconds before try number `attempt` (from 0): doubling from 1 s up to 8 s (a wall is to be back
 * before somebody goes and looks) with ±25 % of jitter, so that a
 * house full of open dashboards doesn't come back in step when the server does.
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const base = 1000 * 2 ** Math.min(Math.max(attempt, 0), 3);
  return Math.round(base * (0.75 + random() * 0.5));
}
