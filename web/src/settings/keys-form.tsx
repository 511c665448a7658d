/** Keys of the file as one form: what was changed is sent together, judged by the server, and written or refused together. */
import { useState } from 'preact/hooks';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import type { SettingKey } from './keys.ts';
import { fromText, valueAt } from './keys.ts';
import { fieldValue, SettingField } from './setting-field.tsx';
import styles from './settings.module.css';

interface KeysFormProps {
  readonly keys: readonly SettingKey[];
  readonly settings: Settings;
  readonly onSaved: () => Promise<void>;
}

export function KeysForm({ keys, settings, onSaved }: KeysFormProps) {
  const { api, announcer } = useApp();
  const words = messages.settingsPage;
  const [typed, setTyped] = useState<ReadonlyMap<string, string | boolean>>(new Map());
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const stored = (setting: SettingKey): string | boolean => fieldValue(setting, valueAt(settings.values, setting.key));
  const changed = keys.filter((setting) => typed.has(setting.key) && typed.get(setting.key) !== stored(setting));

  const save = async (): Promise<void> => {
    if (busy || changed.length === 0) return;
    const wrong = new Map<string, string>();
    const changes = changed.map((setting) => {
      const value = typed.get(setting.key);
      const meant = typeof value === 'string' ? fromText(value, setting.takes, setting.optional) : value;
      if (meant === undefined) wrong.set(setting.key, words.notUnderstood);
      return { key: setting.key, value: meant };
    });
    setErrors(wrong);
    setFailure(undefined);
    if (wrong.size > 0) return;
    setBusy(true);
    try {
      await api.send('PATCH', '/api/config', { changes });
      await onSaved();
      setTyped(new Map());
      announcer.say(messages.saved);
    } catch (refused) {
      const text = whyNot(refused);
      // The server names the key that it refuses.
      const about = changed.find(({ key }) => text.includes(key));
      if (about === undefined) setFailure(text);
      else setErrors(new Map([[about.key, text]]));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {keys.map((setting) => (
        <SettingField
          key={setting.key}
          setting={setting}
          value={typed.get(setting.key) ?? stored(setting)}
          disabled={!settings.writable}
          pinned={settings.pinned.includes(setting.key)}
          error={errors.get(setting.key)}
          onInput={(value) => setTyped(new Map(typed).set(setting.key, value))}
        />
      ))}
      {failure === undefined ? null : (
        <p class={styles.error} role="alert">
          {failure}
        </p>
      )}
      {settings.writable && keys.some(({ takes }) => takes.kind !== 'deep') ? (
        <div class={styles.save}>
          <Button type="submit" kind="primary" busy={busy} disabled={changed.length === 0}>
            {messages.save}
          </Button>
          {changed.length === 0 ? null : (
            <>
              <Button onClick={() => setTyped(new Map())}>{messages.cancel}</Button>
              <p class={styles.muted}>{words.changed(changed.length)}</p>
            </>
          )}
        </div>
      ) : null}
    </form>
  );
}
