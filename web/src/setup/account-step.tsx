import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { isLongEnough } from './rules.ts';
import styles from './setup.module.css';

export function AccountStep({ code }: { readonly code: string }) {
  const { api, session } = useApp();
  const words = messages.setup;
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const [nameError, setNameError] = useState<string>();
  const [passwordError, setPasswordError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (): Promise<void> => {
    if (busy) return;
    const name = username.trim();
    setNameError(name === '' ? words.nameMissing : undefined);
    setPasswordError(isLongEnough(password) ? undefined : words.passwordShort);
    if (name === '' || !isLongEnough(password)) return;
    setBusy(true);
    try {
      await api.setUp(code, name, password);
      // The answer carries the session's cookie; where it doesn't, the account just made signs in.
      await session.load();
      if (session.session === undefined) await session.signIn(name, password);
    } catch (failure) {
      setPasswordError(accountError(failure));
    } finally {
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
      <Field
        label={words.name}
        name="username"
        value={username}
        onInput={setUsername}
        autocomplete="username"
        error={nameError}
      />
      <Field
        label={words.password}
        name="new-password"
        value={password}
        onInput={setPassword}
        autocomplete="new-password"
        secret={true}
        autofocus={true}
        help={words.passwordHelp}
        error={passwordError}
      />
      <Button type="submit" kind="primary" busy={busy}>
        {words.next}
      </Button>
    </form>
  );
}

function accountError(failure: unknown): string {
  if (!(failure instanceof ApiError)) return messages.somethingFailed;
  if (failure.kind === 'unreachable') return messages.unreachable;
  if (failure.status === 429) return messages.signIn.limited(failure.retryAfterSeconds);
  if (failure.kind === 'session' || failure.status === 403 || failure.status === 404 || failure.status === 410)
    return messages.setup.linkUsed;
  return failure.detail === '' ? messages.somethingFailed : sentence(failure.detail);
}
