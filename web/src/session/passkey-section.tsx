/** The passkeys of whoever is signed in: those that there are, adding one, removing one. */
import { KeyRound, Trash2 } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { hasPasskeys, isDeclined, makePasskey } from './passkeys.ts';
import styles from './sign-in.module.css';

interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly host: string;
}

export function PasskeySection() {
  const { api, announcer } = useApp();
  const words = messages.passkeys;
  const [passkeys, setPasskeys] = useState<readonly Passkey[]>([]);
  const [password, setPassword] = useState('');
  const [name, setName] = useState('');
  const [error, setError] = useState<string>();
  const [codes, setCodes] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);

  const load = async (): Promise<void> => {
    setPasskeys((await api.get<{ passkeys: readonly Passkey[] }>('/api/account/passkeys')).passkeys);
  };
  useEffect(() => {
    load().catch(() => undefined);
  }, []);

  /** Both ask for the current password. */
  const change = async (work: () => Promise<void>): Promise<void> => {
    if (busy) return;
    if (password === '') {
      setError(words.missing);
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      await work();
      setPassword('');
      await load();
    } catch (failure) {
      setError(isDeclined(failure) ? words.declined : failureWords(failure));
    } finally {
      setBusy(false);
    }
  };
  const add = (): Promise<void> =>
    change(async () => {
      const proof = { current_password: password };
      const options = await api.send<object>('POST', '/api/account/passkeys/begin', proof, { asksPassword: true });
      const made = { ...(await makePasskey(options)), name: name.trim() === '' ? words.defaultName : name.trim() };
      const answer = await api.send<{ recovery_codes: readonly string[] }>('POST', '/api/account/passkeys', made);
      setCodes(answer.recovery_codes);
      announcer.say(words.added);
    });
  const remove = (id: string): Promise<void> =>
    change(async () => {
      const proof = { id, current_password: password };
      await api.send('POST', '/api/account/passkeys/remove', proof, { asksPassword: true });
      announcer.say(words.removed);
    });

  return (
    <>
      <p>{hasPasskeys() ? words.lead : words.unsupported}</p>
      <ul>
        {passkeys.map((passkey) => (
          <li key={passkey.id}>
            {passkey.name} · {passkey.host}{' '}
            <Button icon={Trash2} busy={busy} onClick={() => void remove(passkey.id)}>
              {words.remove(passkey.name)}
            </Button>
          </li>
        ))}
      </ul>
      {codes.length === 0 ? null : (
        <div role="status">
          <p>{words.codes}</p>
          <ul>
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      <form
        class={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Field label={words.name} name="passkey-name" value={name} onInput={setName} autocomplete="off" />
        <Field
          label={words.password}
          name="passkey-password"
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
          secret={true}
          error={error}
        />
        {hasPasskeys() ? (
          <Button type="submit" icon={KeyRound} busy={busy}>
            {words.add}
          </Button>
        ) : null}
      </form>
    </>
  );
}

function failureWords(failure: unknown): string {
  if (!(failure instanceof ApiError)) return messages.somethingFailed;
  if (failure.status === 401) return messages.passkeys.wrong;
  if (failure.kind === 'unreachable') return messages.unreachable;
  return failure.detail === '' ? messages.somethingFailed : sentence(failure.detail);
}
