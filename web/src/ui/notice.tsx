/** Empty, locked, offline: a sentence and at most one action, left-aligned, no illustration. */
import type { ComponentChildren } from 'preact';
import styles from './notice.module.css';

interface NoticeProps {
  readonly title: string;
  readonly help?: string | undefined;
  /** A strip above the page's content rather than in its place. */
  readonly strip?: boolean;
  readonly children?: ComponentChildren;
}

export function Notice(props: NoticeProps) {
  return (
    <div class={props.strip === true ? styles.strip : styles.notice}>
      <div>
        <p class={styles.title}>{props.title}</p>
        {props.help === undefined ? null : <p class={styles.help}>{props.help}</p>}
      </div>
      {props.children}
    </div>
  );
}
