import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import type { OwnerKey } from '../api/types.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { Field } from '../ui/field.tsx';
import { isLongEnough } from './rules.ts';
import styles from './setup.module.css';

type Mode = 'passphrase' | 'keyfile';

export function KeyStep({ onMade }: { readonly onMade: (key: OwnerKey) => void }) {
  const { api } = useApp();
  const words = messages.setup;
  const [mode, setMode] = useState<Mode>('passphrase');
  const [passphrase, setPassphrase] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const choices: readonly (readonly [Mode, string, string])[] = [
    ['passphrase', words.passphraseChoice, words.passphraseChoiceHelp],
    ['keyfile', words.keyfileChoice, words.keyfileChoiceHelp],
  ];

  const submit = async (): Promise<void> => {
    if (busy) return;
    if (mode === 'passphrase' && !isLongEnough(passphrase)) {
      setError(words.passphraseShort);
      return;
    }
    setError(undefined);
    setBusy(true);
    try {
      onMade(await api.makeOwnerKey(mode === 'passphrase' ? { mode, passphrase } : { mode }));
    } catch (failure) {
      setError(keyError(failure));
      setBusy(false);
    }
  };

  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Choices
        label={words.keyTitle}
        name="mode"
        value={mode}
        choices={choices}
        onChange={(value) => {
          setMode(value);
          setError(undefined);
        }}
      />
      {mode === 'passphrase' ? (
        <Field
          label={words.passphrase}
          name="passphrase"
          value={passphrase}
          onInput={setPassphrase}
          autocomplete="off"
          secret={true}
          help={words.passphraseHelp}
          error={error}
        />
      ) : null}
      {mode === 'keyfile' && error !== undefined ? (
        <p class={styles.error} role="alert">
          {error}
        </p>
      ) : null}
      <Button type="submit" kind="primary" busy={busy}>
        {busy ? words.makingKey : words.makeKey}
      </Button>
    </form>
  );
}

function keyError(failure: unknown): string {
  if (!(failure instanceof ApiError)) return messages.somethingFailed;
  if (failure.kind === 'unreachable') return messages.unreachable;
  return failure.detail === '' ? messages.somethingFailed : sentence(failure.detail);
}
