/** The server's `detail` (lower case, no full stop) as a sentence on the screen. */
export function sentence(detail: string): string {
  const text = detail.trim();
  if (text === '') return '';
  const [first] = text;
  const start = first!.toLocaleUpperCase() + text.slice(first!.length);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
