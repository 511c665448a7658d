/** What the dashboard checks before the server does: a short secret is refused without a round trip. */
const shortestSecret = 12;

/** Counted in characters as people see them, not in UTF-16 units. */
export function isLongEnough(secret: string): boolean {
  return [...secret].length >= shortestSecret;
}
