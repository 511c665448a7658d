/** A QR code as one SVG path, black on white in both themes: that is what cameras read best. */
import { useMemo } from 'preact/hooks';
import { encode } from 'uqr';
import styles from './qr.module.css';

/** @param label says what it holds, for who can't see it; the same must stand beside it as text */
export function Qr(props: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => drawn(props.text), [props.text]);
  return (
    <svg
      class={styles.qr}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={props.label}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function drawn(text: string): { readonly size: number; readonly path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: 3 });
  const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: dark.join('') };
}
