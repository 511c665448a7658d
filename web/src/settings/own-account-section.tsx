/** One's own account: password, second factor, and where one is signed in. */
import { useState } from 'preact/hooks';
import { passwordError } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { SessionList } from '../session/session-list.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { SecondFactor } from './second-factor.tsx';
import styles from './settings.module.css';

export function OwnAccountSection() {
  const words = messages.account;
  return (
    <section aria-labelledby="section-title">
      <h2 class={styles.title} id="section-title">
        {messages.settingsPage.names['account']}
      </h2>
      <div class={styles.parts}>
        <h3>{words.password}</h3>
        <PasswordForm />
        <h3>{words.factor}</h3>
        <SecondFactor />
        <h3>{words.sessions}</h3>
        <SessionList all={false} />
      </div>
    </section>
  );
}

function PasswordForm() {
  const { api, announcer, session } = useApp();
  const words = messages.account;
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    if (busy) return;
    setError(undefined);
    setBusy(true);
    try {
      const body = { current_password: current, new_password: next };
      await api.send('POST', '/api/account/password', body, { asksPassword: true });
      announcer.say(words.passwordChanged);
      await session.load();
    } catch (failure) {
      setError(passwordError(failure));
    } finally {
      setCurrent('');
      setNext('');
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
      <Field
        label={words.current}
        name="current-password"
        value={current}
        onInput={setCurrent}
        autocomplete="current-password"
        secret={true}
        error={error}
      />
      <Field
        label={words.next}
        name="new-password"
        value={next}
        onInput={setNext}
        autocomplete="new-password"
        secret={true}
        help={messages.setup.passwordHelp}
      />
      <div>
        <Button type="submit" kind="primary" busy={busy} disabled={current === '' || next === ''}>
          {words.changePassword}
        </Button>
      </div>
    </form>
  );
}
