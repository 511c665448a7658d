/** One line of a form: label above, help below, the error in place and tied to the input for screen readers. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { messages } from '../messages/messages.ts';
import styles from './field.module.css';

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly help?: string;
  readonly error?: string | undefined;
  readonly autocomplete: string;
  readonly secret?: boolean;
  readonly autofocus?: boolean;
}

export function Field(props: FieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const { autofocus } = props;
  useEffect(() => {
    if (autofocus === true) input.current?.focus();
  }, [autofocus]);
  const secret = props.secret === true;
  const noted = [props.error === undefined ? null : `${id}-error`, props.help === undefined ? null : `${id}-help`];
  const describedBy = noted.filter((part) => part !== null).join(' ');
  return (
    <div class={styles.field}>
      <label class={styles.label} for={id}>
        {props.label}
      </label>
      <div class={styles.row}>
        <input
          ref={input}
          id={id}
          class={styles.input}
          name={props.name}
          {...(secret && !shown ? ({ type: 'password' } as const) : ({ type: 'text' } as const))}
          value={props.value}
          autocomplete={props.autocomplete}
          autocapitalize="none"
          spellcheck={false}
          maxLength={1024}
          aria-invalid={props.error === undefined ? undefined : 'true'}
          aria-describedby={describedBy === '' ? undefined : describedBy}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
        {secret ? (
          <button
            type="button"
            class={styles.show}
            aria-pressed={shown ? 'true' : 'false'}
            aria-label={`${messages.signIn.showPassword}: ${props.label}`}
            onClick={() => setShown(!shown)}
          >
            {shown ? messages.signIn.hidePassword : messages.signIn.showPassword}
          </button>
        ) : null}
      </div>
      {props.error === undefined ? null : (
        <p class={styles.error} id={`${id}-error`} role="alert">
          {props.error}
        </p>
      )}
      {props.help === undefined ? null : (
        <p class={styles.help} id={`${id}-help`}>
          {props.help}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

/** A labelled choice in one line, for filter rows. */
export function Select(props: SelectProps) {
  const id = useId();
  return (
    <div class={styles.selectBox}>
      <label class="visually-hidden" for={id}>
        {props.label}
      </label>
      <select
        id={id}
        class={styles.select}
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={value} selected={value === props.value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
