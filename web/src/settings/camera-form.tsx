/** What a camera may have for itself. A key that is left as it is everywhere isn't written. */
import { useState } from 'preact/hooks';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { changeCamera } from '../cameras/camera-api.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import type { SchemaNode, SettingKey } from './keys.ts';
import { fromText, kindOf, valueAt } from './keys.ts';
import { fieldValue, SettingField } from './setting-field.tsx';
import styles from './settings.module.css';

/** Zones, masks and privacy are drawn, not typed; the id stays. */
const elsewhere = new Set(['id', 'zones', 'masks', 'privacy', 'schedule']);

interface CameraFormProps {
  readonly entry: Settings['cameras'][number];
  readonly settings: Settings;
  readonly onDone: () => void;
}

export function CameraForm({ entry, settings, onDone }: CameraFormProps) {
  const { api, announcer } = useApp();
  const words = messages.settingsPage;
  const keys = cameraKeys(settings.schema as SchemaNode);
  const [typed, setTyped] = useState<ReadonlyMap<string, string | boolean>>(new Map());
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  // What the camera doesn't say itself is the section's.
  const stored = (setting: SettingKey): string | boolean =>
    fieldValue(setting, valueAt(entry.entry, setting.key) ?? valueAt(settings.values, setting.key) ?? setting.fallback);
  const changed = keys.filter((setting) => typed.has(setting.key) && typed.get(setting.key) !== stored(setting));
  const save = async (): Promise<void> => {
    if (busy) return;
    const changes = changed.map((setting) => {
      const value = typed.get(setting.key);
      return {
        key: setting.key,
        value: typeof value === 'string' ? fromText(value, setting.takes, setting.optional) : value,
      };
    });
    if (changes.some(({ value }) => value === undefined)) {
      setError(words.notUnderstood);
      return;
    }
    setBusy(true);
    try {
      if (changes.length > 0) await changeCamera(api, entry.id, changes);
      announcer.say(messages.saved);
      onDone();
    } catch (failure) {
      setError(whyNot(failure));
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
      <p class={styles.muted}>{words.reconnects}</p>
      {keys.map((setting) => (
        <SettingField
          key={setting.key}
          setting={setting}
          value={typed.get(setting.key) ?? stored(setting)}
          disabled={!settings.writable}
          pinned={false}
          error={undefined}
          onInput={(value) => setTyped(new Map(typed).set(setting.key, value))}
        />
      ))}
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <div class={styles.choices}>
        <Button onClick={onDone}>{messages.cancel}</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={!settings.writable}>
          {messages.save}
        </Button>
      </div>
    </form>
  );
}

function cameraKeys(root: SchemaNode): SettingKey[] {
  const entry = root.properties?.['cameras']?.items?.anyOf?.find(({ type }) => type === 'object');
  return Object.entries(entry?.properties ?? {}).flatMap(([name, node]) =>
    elsewhere.has(name) ? [] : below(node, name),
  );
}

function below(node: SchemaNode, key: string): SettingKey[] {
  if (node.type === 'object')
    return Object.entries(node.properties ?? {}).flatMap(([name, inner]) => below(inner, `${key}.${name}`));
  const takes = kindOf(node);
  if (takes.kind === 'deep') return [];
  return [
    {
      ...{ key, section: '', meaning: node.description ?? '', unit: node.unit ?? null, takes },
      optional: true,
      later: node.later !== undefined,
      fallback: node.default,
    },
  ];
}
