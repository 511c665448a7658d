/** What page and vault worker say to each other. */

export type ToVaultWorker =
  /** The owner's identity, `AGE-SECRET-KEY-…`; replaces another. */
  | { readonly kind: 'identity'; readonly identity: string }
  | { readonly kind: 'forget' }
  /** Plaintext bytes from `start` to before `end`, or to the end. `ask` comes back with the answer. */
  | {
      readonly kind: 'read';
      readonly ask: number;
      readonly recording: number;
      readonly part: 'clip' | 'thumbnail';
      readonly start: number;
      readonly end?: number;
    };

export type FromVaultWorker =
  | { readonly kind: 'bytes'; readonly ask: number; readonly bytes: Uint8Array; readonly plainBytes: number }
  | {
      readonly kind: 'failed';
      readonly ask: number;
      readonly fault: 'no-identity' | 'foreign' | 'damaged' | 'torn' | 'unreachable';
    };
