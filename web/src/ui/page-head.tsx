/** The one line on top of a page: title, what there is to say about it, actions. */
import type { ComponentChildren } from 'preact';
import styles from './page-head.module.css';

export function PageHead(props: {
  readonly title: string;
  readonly note?: ComponentChildren;
  /** Left of the title: the way back. */
  readonly before?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class={styles.head}>
      {props.before}
      <h1>{props.title}</h1>
      {props.note === undefined ? null : <p class={styles.note}>{props.note}</p>}
      <div class={styles.actions}>{props.children}</div>
    </header>
  );
}
