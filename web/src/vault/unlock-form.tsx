import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import styles from './unlock-form.module.css';

export function UnlockForm(props: { readonly onDone?: () => void }) {
  const { api, session, announcer } = useApp();
  const words = messages.vault;
  const [passphrase, setPassphrase] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const unlock = async (): Promise<void> => {
    if (busy) return;
    if (passphrase === '') {
      setError(words.missing);
      return;
    }
    setBusy(true);
    try {
      await api.unlockVault(passphrase);
      session.setVault(await api.vault());
      announcer.say(words.unlocked);
      props.onDone?.();
    } catch (failure) {
      setError(unlockError(failure));
    } finally {
      setPassphrase('');
      setBusy(false);
    }
  };
  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void unlock();
      }}
    >
      <Field
        label={words.passphrase}
        name="passphrase"
        value={passphrase}
        onInput={setPassphrase}
        autocomplete="off"
        secret={true}
        error={error}
      />
      <Button type="submit" kind="primary" busy={busy}>
        {busy ? words.unlocking : words.unlock}
      </Button>
    </form>
  );
}

function unlockError(failure: unknown): string {
  if (!(failure instanceof ApiError)) return messages.somethingFailed;
  if (failure.kind === 'unreachable') return messages.unreachable;
  if (failure.status === 429) return messages.signIn.limited(failure.retryAfterSeconds);
  if (failure.status === 401 || failure.status === 403 || failure.code === 'vault/passphrase')
    return messages.vault.wrong;
  return failure.detail === '' ? messages.somethingFailed : sentence(failure.detail);
}
