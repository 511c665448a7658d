/** How old a recording may become, by what was seen in it. */
import type { Ages } from './retention.ts';

/** The longest of its classes'; null: it never goes by age. */
export function ageOf({ maxAgeMs, classAgeMs }: Ages, classes: readonly string[]): number | null {
  if (classes.length === 0) return maxAgeMs;
  const ages = classes.map((word) => classAgeMs?.get(word) ?? maxAgeMs);
  return ages.includes(null) ? null : Math.max(...ages.map(Number));
}
