/** The order of cameras on the wall, as somebody arranged it in this browser; cameras it doesn't know come last. */
const key = 'sentrix.wall';
const mostKept = 256;

export function ordered<T>(items: readonly T[], idOf: (item: T) => string, order: readonly string[]): T[] {
  const place = new Map(order.map((id, index) => [id, index]));
  const at = (item: T): number => place.get(idOf(item)) ?? order.length;
  return items.toSorted((a, b) => at(a) - at(b));
}

/** `id` moved to where `onto` is; what lies between makes room. */
export function moved(ids: readonly string[], id: string, onto: string): string[] {
  const from = ids.indexOf(id);
  const to = ids.indexOf(onto);
  if (from === -1 || to === -1 || from === to) return [...ids];
  return ids.toSpliced(from, 1).toSpliced(to, 0, id);
}

export function readOrder(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string').slice(0, mostKept) : [];
  } catch {
    return [];
  }
}

export function keepOrder(order: readonly string[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(order.slice(0, mostKept)));
  } catch {
    // A browser that keeps nothing: then it holds for this visit.
  }
}
