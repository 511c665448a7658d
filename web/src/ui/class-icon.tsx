/** The icon of what was seen, in the colour of its group. */
import { Activity, CarFront, PawPrint, PersonStanding, Shapes } from 'lucide';
import type { ClassGroup } from './class-group.ts';
import styles from './class-icon.module.css';
import { Icon } from './icon.tsx';

const icons = { person: PersonStanding, vehicle: CarFront, animal: PawPrint, other: Shapes, none: Activity } as const;

export function ClassIcon(props: { readonly group: ClassGroup | 'none'; readonly size?: number }) {
  return (
    <span class={styles[props.group]}>
      <Icon node={icons[props.group]} size={props.size ?? 16} />
    </span>
  );
}
