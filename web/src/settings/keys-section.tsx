/** The owner's keys: how they are kept, who else can open recordings, and what an admin can do about it. */
import { FileKey, KeyRound, Plus, Trash2 } from 'lucide';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Keys, Sheet } from '../../../src/http/schemas/keys.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { KeySheetStep } from '../setup/key-sheet-step.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import lines from '../ui/line-list.module.css';
import { Notice } from '../ui/notice.tsx';
import type { KeyAct } from './key-act.tsx';
import { KeyActDialog } from './key-act.tsx';
import styles from './settings.module.css';

export function KeysSection() {
  const { api } = useApp();
  const words = messages.keysPage;
  const [keys, setKeys] = useState<Keys>();
  const [failed, setFailed] = useState(false);
  const [act, setAct] = useState<KeyAct>();
  const [sheet, setSheet] = useState<Sheet>();
  const load = useCallback(() => {
    api.get<Keys>('/api/keys').then(
      (answer) => {
        setKeys(answer);
        setFailed(false);
      },
      () => setFailed(true),
    );
  }, [api]);
  useEffect(load, [load]);
  if (sheet !== undefined) return <KeySheetStep ownerKey={sheet} onDone={() => setSheet(undefined)} />;
  if (failed)
    return (
      <Notice title={messages.failed}>
        <Button onClick={load}>{messages.tryNow}</Button>
      </Notice>
    );
  if (keys === undefined) return <p class={styles.muted}>{messages.loading}</p>;
  if (keys.kind === 'absent') return <p>{messages.vault.absentText}</p>;
  const days = keys.first_day === null || keys.last_day === null ? null : ([keys.first_day, keys.last_day] as const);
  return (
    <div class={styles.parts}>
      <p>
        {messages.vault.modes[keys.mode ?? ''] ?? ''}{' '}
        {days === null ? words.noDays : words.days(keys.day_keys, ...days)}
      </p>
      {keys.recipient === undefined ? null : (
        <p class={styles.muted}>
          {words.recipient} <code class={styles.key}>{keys.recipient}</code>
        </p>
      )}
      <div class={styles.tools}>
        <Button icon={FileKey} onClick={() => setAct({ kind: 'sheet' })}>
          {words.sheet}
        </Button>
        <Button icon={KeyRound} onClick={() => setAct({ kind: 'rotate' })}>
          {words.rotate}
        </Button>
      </div>
      <h3>{words.escrow}</h3>
      <p class={styles.muted}>{words.escrowHelp}</p>
      <Escrow keys={keys} onRemove={(recipient) => setAct({ kind: 'remove', recipient })} />
      <div>
        <Button icon={Plus} onClick={() => setAct({ kind: 'add' })}>
          {words.addEscrow}
        </Button>
      </div>
      <h3>{words.shred}</h3>
      <p class={styles.muted}>{words.shredHelp}</p>
      <div>
        <Button kind="danger" onClick={() => setAct({ kind: 'shred' })}>
          {words.shredDay}
        </Button>
      </div>
      {act === undefined ? null : (
        <KeyActDialog
          act={act}
          hasPassphrase={keys.mode === 'passphrase'}
          isLocked={keys.kind === 'locked'}
          onClose={() => setAct(undefined)}
          onDone={(made) => {
            setAct(undefined);
            if (made !== null) setSheet(made);
            load();
          }}
        />
      )}
    </div>
  );
}

function Escrow({ keys, onRemove }: { readonly keys: Keys; readonly onRemove: (recipient: string) => void }) {
  const words = messages.keysPage;
  if (keys.escrow.length + keys.configured.length === 0) return <p>{words.nobody}</p>;
  return (
    <ul class={lines.list}>
      {keys.escrow.map((recipient) => (
        <li key={recipient} class={lines.line}>
          <code class={`${lines.grow} ${styles.key}`}>{recipient}</code>
          <IconButton icon={Trash2} label={words.removeEscrow(recipient)} onClick={() => onRemove(recipient)} />
        </li>
      ))}
      {keys.configured.map((recipient) => (
        <li key={recipient} class={lines.line}>
          <code class={`${lines.grow} ${styles.key}`}>{recipient}</code>
          <span class={lines.muted}>{words.configured}</span>
        </li>
      ))}
    </ul>
  );
}
