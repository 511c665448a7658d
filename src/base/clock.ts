/** Time as a parameter, so that tests can turn it. Wall clock for what is stored, monotonic for what is waited for. */
export interface Clock {
  /** UTC milliseconds since 1970. May jump in either direction when somebody sets the clock. */
  now(): number;
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};
