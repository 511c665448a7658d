/** The state of a camera: icon, word and colour, never the colour alone. */
import { CircleAlert, Clock3, TriangleAlert } from 'lucide';
import type { StateWords } from '../cameras/state-words.ts';
import { Icon } from './icon.tsx';
import styles from './state-mark.module.css';

const icons = { quiet: Clock3, warn: TriangleAlert, alert: CircleAlert } as const;

export function StateMark(props: { readonly words: StateWords }) {
  const { tone, text } = props.words;
  return (
    <span class={`${styles.mark} ${styles[tone]}`}>
      {tone === 'ok' ? <span class={styles.dot} /> : <Icon node={icons[tone]} size={14} />}
      <span class={styles.text}>{text}</span>
    </span>
  );
}
