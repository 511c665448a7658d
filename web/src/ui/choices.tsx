/** One of a few, each with a sentence that says what it means. */
import styles from './choices.module.css';

interface ChoicesProps<T extends string> {
  readonly label: string;
  readonly name: string;
  readonly value: T;
  readonly choices: readonly (readonly [value: T, title: string, help: string])[];
  readonly onChange: (value: T) => void;
}

export function Choices<T extends string>(props: ChoicesProps<T>) {
  return (
    <fieldset class={styles.choices}>
      <legend class="visually-hidden">{props.label}</legend>
      {props.choices.map(([value, title, help]) => (
        <label key={value} class={styles.choice}>
          <input
            type="radio"
            name={props.name}
            value={value}
            checked={props.value === value}
            onChange={() => props.onChange(value)}
          />
          <span>
            <strong>{title}</strong>
            <span class={styles.help}>{help}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
