/**
 * How many connections there may be. When there are too many, the oldest that hasn't shown who it is makes room: those that
 * open connections and say nothing lose them first, and a camera that logs in within milliseconds always gets in.
 */

export interface ConnectionSlot {
  /** From now on it counts in the total only, and makes room for nobody. */
  known(): void;
  release(): void;
}

interface Stranger {
  readonly group: string;
  readonly evict: () => void;
}

export class ConnectionSlots {
  readonly #limits: { readonly connections: number; readonly strangersPerAddress: number };
  #total = 0;
  /** In order of arrival. */
  readonly #strangers = new Set<Stranger>();
  readonly #byGroup = new Map<string, Set<Stranger>>();

  constructor(limits: { readonly connections: number; readonly strangersPerAddress: number }) {
    this.#limits = limits;
  }

  /**
   * @param group who is counted together, as `addressGroup` says
   * @param evict closes the connection, and leads to `release()` at once
   * @returns undefined when all places are taken by connections that are known
   */
  take(group: string, evict: () => void): ConnectionSlot | undefined {
    const neighbors = this.#byGroup.get(group);
    if (neighbors !== undefined && neighbors.size >= this.#limits.strangersPerAddress) oldest(neighbors)?.evict();
    if (this.#total >= this.#limits.connections) oldest(this.#strangers)?.evict();
    if (this.#total >= this.#limits.connections) return undefined;
    const stranger: Stranger = { group, evict };
    this.#total++;
    this.#strangers.add(stranger);
    const set = this.#byGroup.get(group) ?? new Set();
    this.#byGroup.set(group, set.add(stranger));
    let released = false;
    return {
      known: () => this.#forget(stranger),
      release: () => {
        if (released) return;
        released = true;
        this.#total--;
        this.#forget(stranger);
      },
    };
  }

  #forget(stranger: Stranger): void {
    this.#strangers.delete(stranger);
    const set = this.#byGroup.get(stranger.group);
    set?.delete(stranger);
    if (set?.size === 0) this.#byGroup.delete(stranger.group);
  }
}

function oldest(set: ReadonlySet<Stranger>): Stranger | undefined {
  for (const stranger of set) return stranger;
  return undefined;
}
