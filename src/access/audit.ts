/** What access needs of the audit log: a place that holds an entry for good before anything is acknowledged. */
export interface AuditEntry {
  readonly kind: string;
  /** Name of the account that acted; null where it isn't known (a wrong name may be a password typed too early). */
  readonly who: string | null;
  /** Address it came from; null for the machine itself. */
  readonly from: string | null;
  readonly detail?: Record<string, string | number | boolean>;
}

export interface AccessAudit {
  /** Resolves when the entry is durable. */
  append(entry: AuditEntry): Promise<unknown>;
  /** Counts a refusal; those of one address, kind and minute are one entry. */
  refused?(refusal: { readonly address: string; readonly kind: string }): void;
}

/** Who makes a change, for the log. */
export interface Actor {
  /** Account name, or null for a command on the machine itself. */
  readonly who: string | null;
  readonly from: string | null;
}

export const localActor: Actor = { who: null, from: null };
