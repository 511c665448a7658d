/** One thing that is wrong with the log. */
export interface AuditFault {
  readonly kind: string;
  readonly sequence?: number;
  /** Of the checkpoint, in entries. */
  readonly size?: number;
}
