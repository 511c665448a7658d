/** Switching the second factor on and off: scan, show a code, keep the recovery codes. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { passwordError } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Qr } from '../ui/qr.tsx';
import styles from './settings.module.css';

interface State {
  readonly enabled: boolean;
  readonly recovery_codes_left: number;
}

type Step =
  | { readonly kind: 'rest' }
  | { readonly kind: 'password' }
  | { readonly kind: 'scan'; readonly secret: string; readonly url: string }
  | { readonly kind: 'codes'; readonly codes: readonly string[] };

export function SecondFactor() {
  const { api, announcer } = useApp();
  const words = messages.account;
  const [state, setState] = useState<State | null>(null);
  const [step, setStep] = useState<Step>({ kind: 'rest' });
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [error, setError] = useState<string>();
  const reload = useCallback(async () => {
    setState(await api.get<State>('/api/account/second-factor').catch(() => null));
  }, [api]);
  useEffect(() => void reload(), [reload]);
  if (state === null) return null;

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      setError(passwordError(failure));
    }
    setCode('');
  };
  const begin = () =>
    attempt(async () => {
      const body = { current_password: password };
      const proposal = await api.send<{ secret: string; url: string }>('POST', '/api/account/second-factor', body, {
        asksPassword: true,
      });
      setPassword('');
      setStep({ kind: 'scan', ...proposal });
    });
  const confirm = () =>
    attempt(async () => {
      const path = '/api/account/second-factor/confirm';
      const made = await api.send<{ recovery_codes: string[] }>('POST', path, { otp: code.replace(/\s/g, '') });
      setStep({ kind: 'codes', codes: made.recovery_codes });
      await reload();
    });
  const remove = () =>
    attempt(async () => {
      const body = { current_password: password, otp: code.replace(/\s/g, '') };
      await api.send('POST', '/api/account/second-factor/remove', body, { asksPassword: true });
      setPassword('');
      setStep({ kind: 'rest' });
      announcer.say(words.factorOff);
      await reload();
    });

  if (step.kind === 'rest')
    return (
      <div class={styles.form}>
        <p>{state.enabled ? words.factorIsOn(state.recovery_codes_left) : words.factorIsOff}</p>
        <div>
          <Button kind={state.enabled ? 'plain' : 'primary'} onClick={() => setStep({ kind: 'password' })}>
            {state.enabled ? words.factorRemove : words.factorAdd}
          </Button>
        </div>
      </div>
    );
  if (step.kind === 'codes')
    return (
      <div class={styles.form}>
        <p>{words.codesText}</p>
        <ul class={styles.codes}>
          {step.codes.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
        <div>
          <Button kind="primary" onClick={() => setStep({ kind: 'rest' })}>
            {words.codesKept}
          </Button>
        </div>
      </div>
    );
  const removing = step.kind === 'password' && state.enabled;
  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void (step.kind === 'scan' ? confirm() : removing ? remove() : begin());
      }}
    >
      {step.kind === 'scan' ? (
        <>
          <p>{words.scan}</p>
          <Qr text={step.url} label={words.scanLabel} />
          <p class={styles.secret}>{step.secret}</p>
        </>
      ) : (
        <Field
          label={words.current}
          name="current-password"
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
          secret={true}
          autofocus={true}
          error={removing ? undefined : error}
        />
      )}
      {step.kind === 'scan' || removing ? (
        <Field
          label={messages.signIn.code}
          name="otp"
          value={code}
          onInput={setCode}
          autocomplete="one-time-code"
          error={error}
        />
      ) : null}
      <div class={styles.tools}>
        <Button onClick={() => setStep({ kind: 'rest' })}>{messages.cancel}</Button>
        <Button type="submit" kind="primary">
          {removing ? words.factorRemove : messages.setup.next}
        </Button>
      </div>
    </form>
  );
}
