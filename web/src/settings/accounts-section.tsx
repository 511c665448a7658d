/** Who may come in, and as what. */
import { Plus, Trash2 } from 'lucide';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Account } from '../../../src/http/schemas/accounts.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { fullTime } from '../messages/times.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Select } from '../ui/field.tsx';
import lines from '../ui/line-list.module.css';
import styles from './settings.module.css';

type Role = Account['user_type'];
const roles: readonly Role[] = ['viewer', 'publisher', 'admin'];

export function AccountsSection() {
  const { api, session, announcer } = useApp();
  const words = messages.accounts;
  const [accounts, setAccounts] = useState<readonly Account[]>([]);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const [error, setError] = useState<string>();
  const reload = useCallback(async () => {
    try {
      const answer = await api.get<{ accounts: Account[] }>('/api/accounts');
      setAccounts(answer.accounts);
    } catch (failure) {
      setError(whyNot(failure));
    }
  }, [api]);
  useEffect(() => void reload(), [reload]);
  const change = async (name: string, body: object): Promise<void> => {
    setError(undefined);
    try {
      await api.send('PATCH', `/api/accounts/${encodeURIComponent(name)}`, body);
      announcer.say(messages.saved);
    } catch (failure) {
      setError(whyNot(failure));
    }
    await reload();
  };
  const remove = async (name: string): Promise<void> => {
    try {
      await api.send('DELETE', `/api/accounts/${encodeURIComponent(name)}`);
      announcer.say(words.removed(name));
    } catch (failure) {
      setError(whyNot(failure));
    }
    setRemoving(null);
    await reload();
  };
  return (
    <>
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <ul class={lines.list}>
        {accounts.map((account) => (
          <li key={account.username} class={lines.line}>
            <div class={lines.grow}>
              <strong>{account.username}</strong>
              <p class={styles.muted}>
                {[
                  account.cameras === 'all' ? words.everyCamera : words.someCameras(account.cameras.length),
                  account.second_factor ? words.hasFactor : words.noFactor,
                  account.last_login === null ? words.never : words.lastSeen(fullTime(Date.parse(account.last_login))),
                ].join(' · ')}
              </p>
              {account.locked_until === null ? null : (
                <Button onClick={() => void change(account.username, { unlock: true })}>{words.unlock}</Button>
              )}
            </div>
            {account.username === session.session?.username ? (
              <span class={styles.muted}>{words.you}</span>
            ) : (
              <>
                <Select
                  label={words.roleOf(account.username)}
                  value={account.user_type}
                  options={roles.map((role) => [role, words.roles[role] ?? role] as const)}
                  onChange={(role) => void change(account.username, { user_type: role })}
                />
                <IconButton
                  icon={Trash2}
                  label={words.remove(account.username)}
                  onClick={() => setRemoving(account.username)}
                />
              </>
            )}
          </li>
        ))}
      </ul>
      <div>
        <Button icon={Plus} kind="primary" onClick={() => setAdding(true)}>
          {words.add}
        </Button>
      </div>
      {adding ? (
        <NewAccount
          onDone={() => {
            setAdding(false);
            void reload();
          }}
        />
      ) : null}
      {removing === null ? null : (
        <Dialog title={words.removeTitle(removing)} onClose={() => setRemoving(null)}>
          <p>{words.removeText}</p>
          <div class={styles.choices}>
            <Button onClick={() => setRemoving(null)}>{messages.cancel}</Button>
            <Button kind="danger" onClick={() => void remove(removing)}>
              {messages.remove}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function NewAccount({ onDone }: { readonly onDone: () => void }) {
  const { api } = useApp();
  const words = messages.accounts;
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [made, setMade] = useState<{ username: string; password: string }>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const make = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const answer = await api.send<Account & { password?: string }>('POST', '/api/accounts', {
        ...{ username: name.trim(), user_type: role, cameras: 'all' },
        ...(role === 'publisher' ? { stream: true } : {}),
      });
      setMade({ username: answer.username, password: answer.password ?? '' });
    } catch (failure) {
      setError(whyNot(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.add} onClose={onDone}>
      {made === undefined ? (
        <form
          class={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            void make();
          }}
        >
          <Field
            label={messages.signIn.name}
            name="new-name"
            value={name}
            onInput={setName}
            autocomplete="off"
            autofocus={true}
            error={error}
          />
          <Select
            label={words.role}
            value={role}
            options={roles.map((one) => [one, words.roles[one] ?? one] as const)}
            onChange={(value) => setRole(roles.find((one) => one === value) ?? 'viewer')}
          />
          <p class={styles.muted}>{words.roleHelp[role]}</p>
          <Button type="submit" kind="primary" busy={busy}>
            {messages.add}
          </Button>
        </form>
      ) : (
        <div class={styles.form}>
          <p>{words.made(made.username)}</p>
          <p class={styles.secret}>{made.password}</p>
          <p class={styles.muted}>{words.onceOnly}</p>
          <Button kind="primary" onClick={onDone}>
            {messages.close}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
