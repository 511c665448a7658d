/** Weekdays by hours: darker is more. The table is the picture: each cell holds its figure for who listens or points. */
import styles from './stats.module.css';

interface HeatMapProps {
  readonly title: string;
  readonly dayHead: string;
  readonly days: readonly string[];
  /** By day, 24 each. */
  readonly counts: readonly (readonly number[])[];
}

const hours = Array.from({ length: 24 }, (_, hour) => hour);

export function HeatMap(props: HeatMapProps) {
  const most = Math.max(1, ...props.counts.flat());
  return (
    <table class={styles.heat}>
      <caption class={styles.caption}>{props.title}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">{props.dayHead}</span>
          </th>
          {hours.map((hour) => (
            <th key={hour} scope="col">
              <span class={hour % 3 === 0 ? undefined : 'visually-hidden'}>{hour}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.days.map((day, row) => (
          <tr key={day}>
            <th scope="row">{day}</th>
            {hours.map((hour) => {
              const value = props.counts[row]?.[hour] ?? 0;
              return (
                <td key={hour} title={`${day} ${hour}:00 – ${value}`}>
                  <span class={styles.cell} style={{ opacity: value === 0 ? 0 : 0.2 + (0.8 * value) / most }} />
                  <span class="visually-hidden">{value}</span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
