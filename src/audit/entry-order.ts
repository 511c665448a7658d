/**
 * Which entries of the log were changed, moved, repeated or removed by somebody who numbered the lines anew. Each line's
 * seal says which number it was given; a line that opens as no number near its place was changed.
 */
import type { AuditFault } from './fault.ts';

/** How far from its place a line is looked for: near first, and a few times far. */
const nearby = 64;
const farAway = 4096;
const maxFarSearches = 16;
const maxFaults = 1000;

export class EntryOrder {
  readonly #faults: AuditFault[] = [];
  /** Passed over, and not seen yet. */
  readonly #absent = new Set<number>();
  #expected = 0;
  #position = -1;
  #shift = 0;
  #farSearches = 0;

  /** The next line of the file. `is`: whether it was sealed as entry number so and so. */
  next(is: (sequence: number) => boolean): void {
    this.#position++;
    const found = this.#find(is);
    if (found === undefined) {
      this.#add('entry changed', this.#expected);
      this.#expected++;
    } else if (found >= this.#expected) {
      for (let missing = this.#expected; missing < found; missing++) this.#absent.add(missing);
      this.#expected = found + 1;
    } else this.#add(this.#absent.delete(found) ? 'entry moved' : 'entry repeated', found);
  }

  /** In the order of the entries. */
  faults(): AuditFault[] {
    for (const sequence of this.#absent) this.#add('entry removed', sequence);
    return this.#faults.toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
  }

  #find(is: (sequence: number) => boolean): number | undefined {
    if (is(this.#expected)) return this.#at(this.#expected);
    const guess = this.#position + this.#shift;
    if (guess !== this.#expected && is(guess)) return guess;
    const found = this.#around(is, 1, nearby);
    if (found !== undefined || this.#farSearches >= maxFarSearches) return found;
    this.#farSearches++;
    return this.#around(is, nearby + 1, farAway);
  }

  #around(is: (sequence: number) => boolean, from: number, to: number): number | undefined {
    for (let away = from; away <= to; away++) {
      for (const sequence of [this.#expected + away, this.#expected - away])
        if (sequence >= 0 && is(sequence)) return this.#at(sequence);
    }
    return undefined;
  }

  #at(sequence: number): number {
    if (sequence >= this.#expected) this.#shift = sequence - this.#position;
    return sequence;
  }

  #add(kind: string, sequence: number): void {
    if (this.#faults.length < maxFaults) this.#faults.push({ kind, sequence });
  }
}
