/** A page of one column without the frame: log-in, set-up, and what stands in the way of both. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import styles from './sheet.module.css';

interface SheetProps {
  readonly title: string;
  readonly lead?: string | undefined;
  /** Said before the title, such as the step of a sequence. */
  readonly above?: string | undefined;
  readonly children?: ComponentChildren;
}

export function Sheet(props: SheetProps) {
  const main = useRef<HTMLElement>(null);
  const { title } = props;
  // The next step of a sequence begins at its head, however far down the button of the one before was.
  useEffect(() => {
    if (title !== '') main.current?.scrollIntoView({ block: 'start' });
  }, [title]);
  return (
    <main ref={main} class={styles.page} id="main">
      <div class={styles.sheet}>
        <p class={styles.name}>
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <path d="M5 11V8a3 3 0 0 1 3-3h3M21 5h3a3 3 0 0 1 3 3v3M27 21v3a3 3 0 0 1-3 3h-3M11 27H8a3 3 0 0 1-3-3v-3" />
            <circle cx="16" cy="16" r="4" />
          </svg>
          SentriX
        </p>
        <div class={styles.head}>
          {props.above === undefined ? null : <p class={styles.above}>{props.above}</p>}
          <h1>{props.title}</h1>
          {props.lead === undefined ? null : <p class={styles.lead}>{props.lead}</p>}
        </div>
        {props.children}
      </div>
    </main>
  );
}
