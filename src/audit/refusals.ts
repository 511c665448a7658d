/**
 * Refusals, counted: one entry for each address, kind and minute, however often somebody knocks. Bounded, so that a
 * flood from many addresses costs neither memory nor disk: the rest of a minute is counted under no address.
 */
export interface Refusal {
  readonly address: string | null;
  readonly kind: string;
  readonly count: number;
}

const maxDifferent = 256;

export class Refusals {
  readonly #counts = new Map<string, { address: string | null; kind: string; count: number }>();

  /** True for the first refusal since `take`: the minute begins. */
  add(address: string, kind: string): boolean {
    const first = this.#counts.size === 0;
    const known = this.#counts.get(`${address} ${kind}`);
    const counted = known !== undefined || this.#counts.size < maxDifferent ? address : null;
    const key = `${counted ?? '*'} ${kind}`;
    const entry = this.#counts.get(key);
    if (entry !== undefined) entry.count++;
    else this.#counts.set(key, { address: counted, kind, count: 1 });
    return first;
  }

  /** What was counted; counting starts anew. */
  take(): readonly Refusal[] {
    const taken = [...this.#counts.values()];
    this.#counts.clear();
    return taken;
  }
}
