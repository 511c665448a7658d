/** One key: its name, a control that fits what it takes, its meaning, and what was wrong with it. */
import { useId } from 'preact/hooks';
import { messages } from '../messages/messages.ts';
import type { SettingKey } from './keys.ts';
import { asText, titleOf } from './keys.ts';
import styles from './settings.module.css';

interface SettingFieldProps {
  readonly setting: SettingKey;
  /** What is in the field: text, or a boolean for a flag. */
  readonly value: string | boolean;
  readonly onInput: (value: string | boolean) => void;
  readonly disabled: boolean;
  /** The command line set it. */
  readonly pinned: boolean;
  readonly error: string | undefined;
}

export function SettingField(props: SettingFieldProps) {
  const { setting, value, onInput, error } = props;
  const { takes, unit } = setting;
  const words = messages.settingsPage;
  const id = useId();
  const short = setting.key.slice(setting.section.length + 1);
  const disabled = props.disabled || props.pinned || takes.kind === 'deep';
  const shared = {
    id,
    disabled,
    'aria-describedby': `${id}-help`,
    'aria-invalid': error === undefined ? undefined : ('true' as const),
  };
  const text = typeof value === 'string' ? value : '';
  const bounds =
    takes.kind === 'number' && takes.minimum !== undefined && takes.maximum !== undefined
      ? words.between(takes.minimum, takes.maximum)
      : '';
  return (
    <div class={styles.setting} data-kind={takes.kind}>
      <label class={styles.label} for={id}>
        {titleOf(short === '' ? setting.section : short)}
        {unit === null ? null : <span class={styles.unit}> {unit}</span>}
      </label>
      {takes.kind === 'flag' ? (
        <input
          {...shared}
          type="checkbox"
          class={styles.flag}
          checked={value === true}
          onChange={(event) => onInput(event.currentTarget.checked)}
        />
      ) : null}
      {takes.kind === 'choice' ? (
        <select {...shared} class={styles.input} onChange={(event) => onInput(event.currentTarget.value)}>
          {setting.optional ? (
            <option value="" selected={text === ''}>
              {words.notSet}
            </option>
          ) : null}
          {takes.options.map((option) => (
            <option key={option} value={option} selected={option === text}>
              {option.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      ) : null}
      {takes.kind === 'list' || takes.kind === 'deep' ? (
        <textarea
          {...shared}
          class={styles.input}
          rows={Math.min(8, Math.max(2, text.split('\n').length))}
          spellcheck={false}
          value={text}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      ) : null}
      {takes.kind === 'number' || takes.kind === 'text' ? (
        <input
          {...shared}
          class={styles.input}
          type="text"
          inputMode={takes.kind === 'number' ? 'decimal' : undefined}
          autocomplete="off"
          spellcheck={false}
          placeholder={setting.optional && takes.kind === 'number' ? words.notSet : undefined}
          value={text}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      ) : null}
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <p class={styles.help} id={`${id}-help`}>
        {setting.meaning}
        {bounds === '' ? '' : `; ${bounds}`}
        {takes.kind === 'list' ? `; ${words.onePerLine}` : ''}
        {takes.kind === 'deep' ? `. ${words.inFile}` : ''}
        {props.pinned ? `. ${words.pinned}` : ''}
        {setting.later ? `. ${words.later}` : ''} <code class={styles.key}>{setting.key}</code>
      </p>
    </div>
  );
}

/** What the field begins with. */
export function fieldValue(setting: SettingKey, value: unknown): string | boolean {
  if (setting.takes.kind === 'flag') return value === true;
  if (setting.takes.kind === 'deep') return JSON.stringify(value ?? null, null, 1);
  return asText(value);
}
