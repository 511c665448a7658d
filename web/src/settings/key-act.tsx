/** One change of the keys: what it means, what it needs, and the account's password once more. */
import { useState } from 'preact/hooks';
import type { Sheet, Shredded } from '../../../src/http/schemas/keys.ts';
import { passwordError } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import styles from './settings.module.css';

export type KeyAct =
  | { readonly kind: 'sheet' | 'rotate' | 'add' | 'shred' }
  | { readonly kind: 'remove'; readonly recipient: string };

/** A year of day keys is wrapped anew in less than a second, but a disk may be slow. */
const timeoutMs = 120_000;

interface KeyActProps {
  readonly act: KeyAct;
  /** The owner's key is sealed by one. */
  readonly hasPassphrase: boolean;
  readonly isLocked: boolean;
  readonly onClose: () => void;
  /** With the sheet, where that was asked for. */
  readonly onDone: (sheet: Sheet | null) => void;
}

export function KeyActDialog({ act, hasPassphrase, isLocked, onClose, onDone }: KeyActProps) {
  const { api, announcer } = useApp();
  const words = messages.keysPage;
  const [recipient, setRecipient] = useState(act.kind === 'remove' ? act.recipient : '');
  const [date, setDate] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [next, setNext] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  // Shredding opens nothing; a new key is sealed anew, so it asks for both.
  const asksPassphrase = hasPassphrase && (act.kind === 'rotate' || (isLocked && act.kind !== 'shred'));
  const asksNew = hasPassphrase && act.kind === 'rotate';
  const isComplete =
    password !== '' &&
    (act.kind !== 'shred' || date !== '') &&
    ((act.kind !== 'add' && act.kind !== 'remove') || recipient.trim() !== '') &&
    (!asksPassphrase || passphrase !== '') &&
    (!asksNew || next !== '');

  const send = async (): Promise<Sheet | null> => {
    const post = <T,>(path: string, body: object): Promise<T> => {
      const opened = asksPassphrase ? { passphrase } : {};
      return api.send('POST', `/api/keys/${path}`, { password, ...opened, ...body }, { asksPassword: true, timeoutMs });
    };
    switch (act.kind) {
      case 'sheet':
        return post<Sheet>('sheet', {});
      case 'rotate':
        await post('rotate', asksNew ? { new_passphrase: next } : {});
        announcer.say(words.rotated);
        return post<Sheet>('sheet', asksNew ? { passphrase: next } : {});
      case 'add':
        await post('escrow', { recipient: recipient.trim() });
        announcer.say(messages.saved);
        return null;
      case 'remove':
        await post('escrow/remove', { recipient });
        announcer.say(messages.saved);
        return null;
      case 'shred': {
        const { keys } = await post<Shredded>('shred', { date });
        announcer.say(words.shredded(keys));
        return null;
      }
      default:
        return act satisfies never;
    }
  };
  const submit = async (): Promise<void> => {
    if (busy || !isComplete) return;
    setBusy(true);
    setError(undefined);
    try {
      onDone(await send());
    } catch (failure) {
      setError(passwordError(failure));
      setPassword('');
      setBusy(false);
    }
  };
  const { title, text, action } = words.acts[act.kind];
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{text}</p>
        {act.kind === 'remove' ? <code class={styles.key}>{recipient}</code> : null}
        {act.kind === 'add' ? (
          <Field
            label={words.recipientOfOther}
            name="recipient"
            value={recipient}
            onInput={setRecipient}
            autocomplete="off"
            help={words.recipientHelp}
          />
        ) : null}
        {act.kind === 'shred' ? (
          <label class={styles.setting}>
            <span class={styles.label}>{words.date}</span>
            <input
              class={styles.input}
              type="date"
              required={true}
              value={date}
              onChange={(event) => setDate(event.currentTarget.value)}
            />
          </label>
        ) : null}
        {asksPassphrase ? (
          <Field
            label={words.passphrase}
            name="passphrase"
            value={passphrase}
            onInput={setPassphrase}
            autocomplete="off"
            secret={true}
          />
        ) : null}
        {asksNew ? (
          <Field
            label={words.newPassphrase}
            name="new-passphrase"
            value={next}
            onInput={setNext}
            autocomplete="off"
            secret={true}
            help={messages.setup.passphraseHelp}
          />
        ) : null}
        <Field
          label={words.password}
          name="password"
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
          secret={true}
          error={error}
        />
        <div class={styles.choices}>
          <Button onClick={onClose}>{messages.cancel}</Button>
          <Button
            type="submit"
            kind={act.kind === 'shred' || act.kind === 'remove' ? 'danger' : 'primary'}
            busy={busy}
            disabled={!isComplete}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
