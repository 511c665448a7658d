/** A modal dialog on the browser's own `<dialog>`: it keeps the focus inside, gives it back, and Escape closes it. */
import { X } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { messages } from '../messages/messages.ts';
import { IconButton } from './button.tsx';
import styles from './dialog.module.css';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** `player` takes the room there is; `small` asks one thing. */
  readonly size?: 'small' | 'player';
  readonly children: ComponentChildren;
}

export function Dialog(props: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { onClose } = props;
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog
      ref={ref}
      class={`${styles.dialog} ${styles[props.size ?? 'small']}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
      onKeyDown={() => undefined}
    >
      <div class={styles.body}>
        <header class={styles.head}>
          <h2 id={id}>{props.title}</h2>
          <IconButton icon={X} label={messages.close} onClick={onClose} />
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
