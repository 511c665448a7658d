import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Sheet } from '../ui/sheet.tsx';
import { hasPasskeys, isDeclined } from './passkeys.ts';
import styles from './sign-in.module.css';

export function SignIn(props: { readonly ended: boolean }) {
  const { session } = useApp();
  const words = messages.signIn;
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [wantsCode, setWantsCode] = useState(false);

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
      if (failure instanceof ApiError && failure.code === 'access/second-factor') {
        setError(undefined);
        setWantsCode(true);
      } else setError(signInError(failure));
    } finally {
      setBusy(false);
    }
  };

  if (wantsCode) return <CodeStep onBack={() => setWantsCode(false)} />;
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
        <PasskeyButton onError={setError} />
      </form>
    </Sheet>
  );
}

/** The second factor: a code of the app, or a recovery code. */
function CodeStep({ onBack }: { readonly onBack: () => void }) {
  const { session } = useApp();
  const words = messages.signIn;
  const [code, setCode] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const typed = code.replace(/\s/g, '');
    if (busy) return;
    if (typed.length < 6) {
      setError(words.codeMissing);
      return;
    }
    setBusy(true);
    try {
      await session.signInWithCode(typed);
    } catch (failure) {
      setCode('');
      if (failure instanceof ApiError && failure.kind === 'session') setError(words.codeWrong);
      else setError(signInError(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet title={words.codeTitle} lead={words.codeLead}>
      <form
        class={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label={words.code}
          name="otp"
          value={code}
          onInput={setCode}
          autocomplete="one-time-code"
          autofocus={true}
          error={error}
        />
        <Button type="submit" kind="primary" busy={busy}>
          {words.action}
        </Button>
        <PasskeyButton onError={setError} />
        <Button onClick={onBack}>{messages.back}</Button>
      </form>
    </Sheet>
  );
}

/** Where the browser knows passkeys: one of them instead of what the form asks for. */
function PasskeyButton({ onError }: { readonly onError: (error: string | undefined) => void }) {
  const { session } = useApp();
  const [busy, setBusy] = useState(false);
  if (!hasPasskeys()) return null;
  const use = async (): Promise<void> => {
    setBusy(true);
    onError(undefined);
    try {
      await session.signInWithPasskey();
    } catch (failure) {
      const isRefused = failure instanceof ApiError && failure.kind === 'session';
      onError(isDeclined(failure) || isRefused ? messages.signIn.passkeyWrong : signInError(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} onClick={() => void use()}>
      {messages.signIn.passkey}
    </Button>
  );
}

function signInError(failure: unknown): string {
  const words = messages.signIn;
  if (!(failure instanceof ApiError)) return messages.somethingFailed;
  if (failure.kind === 'session') return words.wrong;
  if (failure.status === 429) return words.limited(failure.retryAfterSeconds);
  if (failure.kind === 'unreachable') return messages.unreachable;
  return failure.detail === '' ? messages.somethingFailed : sentence(failure.detail);
}
