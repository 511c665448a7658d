/** Bars as SVG, with the same figures as a table: drawn for eyes, listed for everybody else and for whoever wants to read. */
import { messages } from '../messages/messages.ts';
import styles from './stats.module.css';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Token of its colour; the accent where left out. */
  readonly color?: string;
}

interface BarsProps {
  readonly title: string;
  readonly labelHead: string;
  readonly valueHead: string;
  readonly bars: readonly Bar[];
  /** Every so many bars have their label below. */
  readonly labelEvery?: number;
}

const height = 120;

export function Bars(props: BarsProps) {
  const { bars, labelEvery = 1 } = props;
  const most = Math.max(1, ...bars.map(({ value }) => value));
  // A single bar as wide as the chart would say nothing.
  const places = Math.max(5, bars.length);
  const step = 100 / places;
  return (
    <figure class={styles.figure}>
      <figcaption class={styles.caption}>{props.title}</figcaption>
      <svg class={styles.chart} viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {[0.25, 0.5, 0.75].map((share) => (
          <line key={share} class={styles.rule} x1="0" x2="100" y1={height * share} y2={height * share} />
        ))}
        {bars.map(({ label, value, color }, index) => {
          const high = (value / most) * (height - 6);
          return (
            <rect
              key={label}
              x={index * step + step * 0.14}
              width={step * 0.72}
              y={height - high}
              height={high}
              style={{ fill: `var(--${color ?? 'accent'})` }}
            />
          );
        })}
      </svg>
      <ul class={styles.labels} style={{ gridTemplateColumns: `repeat(${places}, minmax(0, 1fr))` }} aria-hidden="true">
        {bars.map(({ label }, index) => (
          <li key={label}>{index % labelEvery === 0 ? label : ''}</li>
        ))}
      </ul>
      <Figures {...props} />
    </figure>
  );
}

function Figures({ title, labelHead, valueHead, bars }: BarsProps) {
  const count = new Intl.NumberFormat(messages.language);
  return (
    <details class={styles.details}>
      <summary>{messages.statsPage.asTable}</summary>
      <table class={styles.table}>
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{labelHead}</th>
            <th scope="col">{valueHead}</th>
          </tr>
        </thead>
        <tbody>
          {bars.map(({ label, value }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{count.format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
