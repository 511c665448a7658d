import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Sheet } from '../ui/sheet.tsx';
import styles from './sign-in.module.css';

export function SignIn(props: { readonly ended: boolean }) {
  const { session } = useApp();
  const words = messages.signIn;
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (): Promise<void> => {
    if (busy) return;
    if (username === '' || password === '') {
      setError(words.missing);
      return;
    }
    setBusy(true);
    try {
      await session.signIn(username, password);
    } catch (failure) {
      setPassword('');
      setError(signInError(failure));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Sheet title={words.title} lead={props.ended ? words.ended : undefined}>
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
          autofocus={true}
        />
        <Field
          label={words.password}
          name="password"
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
          secret={true}
          error={error}
        />
        <Button type="submit" kind="primary" busy={busy}>
          {words.action}
        </Button>
      </form>
    </Sheet>
  );
}

function signInError(failure: unknown): string {
  const words = messages.signIn;
  if (!(failure instanceof ApiError)) return messages.somethingFailed;
  if (failure.code === 'access/second-factor') return words.secondFactor;
  if (failure.kind === 'session') return words.wrong;
  if (failure.status === 429) return words.limited(failure.retryAfterSeconds);
  if (failure.kind === 'unreachable') return messages.unreachable;
  return failure.detail === '' ? messages.somethingFailed : sentence(failure.detail);
}
