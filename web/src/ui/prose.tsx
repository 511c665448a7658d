/** A sentence of the server, in which `this` is to be typed somewhere. */
export function Prose({ text }: { readonly text: string }) {
  // Every second part stood between two backticks.
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
