import type { IconNode } from 'lucide';
import type { ButtonHTMLAttributes } from 'preact';
import styles from './button.module.css';
import { Icon } from './icon.tsx';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'icon'> {
  /** `primary`: the one action of a page; `danger`: what can't be undone. */
  readonly kind?: 'primary' | 'plain' | 'danger';
  readonly icon?: IconNode;
  /** Something is under way: the button stays in place, says so, and takes no second click. */
  readonly busy?: boolean;
}

export function Button({ kind = 'plain', icon, busy = false, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`${styles.button} ${styles[kind]}`}
      aria-disabled={busy ? 'true' : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon === undefined ? null : <Icon node={icon} size={18} />}
      <span>{children}</span>
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'icon' | 'label'> {
  readonly icon: IconNode;
  readonly label: string;
}

/** A button that is an icon alone; its label is spoken and shown by the browser as a tooltip. */
export function IconButton({ icon, label, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} class={styles.iconButton} aria-label={label} title={label}>
      <Icon node={icon} />
    </button>
  );
}
