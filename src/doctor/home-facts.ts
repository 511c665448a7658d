/**
 * What an opened home says of itself for the checks, as plain JSON: it comes over the control socket where the system
 * runs. No secret is in it; of camera passwords it says only whether they are among those that every attacker tries.
 */
export interface HomeFacts {
  readonly accounts: readonly {
    readonly name: string;
    readonly role: string;
    readonly canLogIn: boolean;
    readonly secondFactor: boolean;
    /** UTC ms, as all times here. */
    readonly createdAt: number;
    readonly passwordChangedAt: number | null;
  }[];
  readonly owner: { readonly kind: 'absent' | 'locked' | 'open'; readonly mode?: string };
  readonly escrow: number;
  readonly certificate: {
    readonly source: string;
    readonly names: readonly string[];
    readonly validFrom: number;
    readonly validTo: number;
  };
  readonly cameras: readonly {
    readonly id: string;
    readonly changedAt: number | null;
    readonly password: 'none' | 'common' | 'own';
  }[];
  readonly backup: BackupFacts;
  /** When an alert was last sent as a test; null: never. */
  readonly alertTestedAt: number | null;
  /** Present while the system runs. */
  readonly server?: {
    readonly https: string;
    readonly sandbox: string;
    readonly routes: readonly { readonly method: string; readonly url: string; readonly open: boolean }[];
  };
}

export interface BackupFacts {
  readonly madeAt: number | null;
  /** When a backup was last restored into a temporary place and found whole. */
  readonly verifiedAt: number | null;
  /** Of the newest recording; null: there is none. */
  readonly newestRecordingAt: number | null;
}
