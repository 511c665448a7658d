/** An icon from lucide's nodes: elements are created, no string ever becomes markup. Decoration unless `label` is given. */
import type { IconNode } from 'lucide';
import { createElement } from 'preact';
import styles from './icon.module.css';

export function Icon(props: { readonly node: IconNode; readonly label?: string; readonly size?: number }) {
  const size = props.size ?? 20;
  return (
    <svg
      class={styles.icon}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      role={props.label === undefined ? undefined : 'img'}
      aria-label={props.label}
      aria-hidden={props.label === undefined ? 'true' : undefined}
    >
      {props.node.map(([tag, attributes], index) => createElement(tag, { ...attributes, key: index }))}
    </svg>
  );
}
