/** Above a page that shows recordings: the vault is locked, and what opens it. Nothing while it is open. */
import { useState } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './locked-strip.module.css';
import { UnlockForm } from './unlock-form.tsx';

export function LockedStrip() {
  const { session } = useApp();
  const [asking, setAsking] = useState(false);
  if (session.session?.vault.kind !== 'locked') return null;
  const canUnlock = session.isAdmin && session.session.vault.mode === 'passphrase';
  return (
    <div class={styles.strip}>
      <Notice strip={true} title={messages.eventsPage.locked}>
        {canUnlock ? <Button onClick={() => setAsking(true)}>{messages.eventsPage.unlock}</Button> : null}
      </Notice>
      {asking ? (
        <Dialog title={messages.vault.unlockTitle} onClose={() => setAsking(false)}>
          <UnlockForm onDone={() => setAsking(false)} />
        </Dialog>
      ) : null}
    </div>
  );
}
