/**
 * Why an age file did not open. One class, thrown by nothing else in this room; the vault says what each kind means to
 * a person. The kinds are those of the C2SP test vectors, so that a vector can insist on the right one.
 */
export type AgeFault = 'header failure' | 'HMAC failure' | 'no match' | 'payload failure' | 'armor failure' | 'bad key';

export class AgeError extends Error {
  override readonly name = 'AgeError';
  readonly fault: AgeFault;
  /** Byte offset in the age file where it was found, where that is known. */
  readonly offset: number | undefined;

  constructor(fault: AgeFault, message: string, offset?: number) {
    super(`${fault}: ${message}`);
    this.fault = fault;
    this.offset = offset;
  }
}
