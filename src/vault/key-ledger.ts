/**
 * Who may open what, as it is vouched for outside the recordings directory: the catalogue in the program. What lies in
 * files counts only where the ledger has it, and a change of keys has happened when the ledger says so, not before.
 */
export interface DayKeyPin {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  /** Names the key: the first 12 hex digits of SHA-256 of its recipient's text. */
  readonly kid: string;
  /** `age1…` */
  readonly recipient: string;
  /** SHA-256 of the wrapped key file, hex. */
  readonly keySha256: string;
}

/** A change of everything that day keys are wrapped to. */
export interface KeyChange {
  /** The owner's recipient afterwards. */
  readonly owner: string;
  /** Escrow recipients afterwards, those of the configuration left out. */
  readonly escrow: readonly string[];
  /** Day keys and the hashes of their new files. */
  readonly hashes: readonly Pick<DayKeyPin, 'date' | 'kid' | 'keySha256'>[];
  /** SHA-256 of the journal from which the files can be made, hex. */
  readonly journal: string;
}

/** Every write resolves when it is durable. */
export interface KeyLedger {
  /** The keys of a day, oldest first; of all days without `date`. */
  list(date?: string): Promise<readonly DayKeyPin[]>;
  add(pin: DayKeyPin): Promise<void>;
  /** Forgets all keys of a day. */
  remove(date: string): Promise<void>;
  escrow(): Promise<readonly string[]>;
  /** All of it or nothing. */
  commit(change: KeyChange): Promise<void>;
  /** The journal of a change that is committed and whose files may not all be in place. */
  pending(): Promise<string | undefined>;
  /** They are. */
  settled(): Promise<void>;
}
