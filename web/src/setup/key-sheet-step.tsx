/** Shows the key once. Printing prints the sheet alone; nothing goes on before it is said to be saved. */
import { Download, Printer } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import type { OwnerKey } from '../api/types.ts';
import { messages } from '../messages/messages.ts';
import { fullTime } from '../messages/times.ts';
import { Button } from '../ui/button.tsx';
import { keySheetText, openingCommands } from './key-sheet.ts';
import styles from './setup.module.css';

export function KeySheetStep(props: { readonly ownerKey: OwnerKey; readonly onDone: () => void }) {
  const words = messages.setup;
  const { ownerKey } = props;
  const [madeAt] = useState(() => new Date());
  const [saved, setSaved] = useState(false);
  const [error, setError] = useState<string>();
  useWarningBeforeLeaving(!saved);
  return (
    <div class={styles.form}>
      <section class={styles.keySheet} aria-labelledby="key-sheet-title">
        <h2 id="key-sheet-title">{words.sheetHeading}</h2>
        <dl class={styles.facts}>
          <div>
            <dt>{words.sheetIdentity}</dt>
            <dd class={styles.key} data-secret="identity">
              {ownerKey.identity}
            </dd>
          </div>
          <div>
            <dt>{words.sheetRecipient}</dt>
            <dd class={styles.key}>{ownerKey.recipient}</dd>
          </div>
          <div>
            <dt>{words.sheetMade}</dt>
            <dd>
              {fullTime(madeAt.getTime())}, {location.host}
            </dd>
          </div>
          <div>
            <dt>{words.sheetHow}</dt>
            <dd>
              {words.sheetHowText}
              {openingCommands.map((command) => (
                <code key={command} class={styles.command}>
                  {command}
                </code>
              ))}
            </dd>
          </div>
        </dl>
        <p>{words.sheetKeep}</p>
      </section>
      <div class={styles.buttons}>
        <Button icon={Printer} onClick={() => window.print()}>
          {words.print}
        </Button>
        <Button icon={Download} onClick={() => saveSheet(keySheetText(ownerKey, location.host, madeAt))}>
          {words.download}
        </Button>
      </div>
      <label class={styles.confirm}>
        <input
          type="checkbox"
          checked={saved}
          onChange={(event) => {
            setSaved(event.currentTarget.checked);
            setError(undefined);
          }}
        />
        <span>{words.confirm}</span>
      </label>
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <Button
        kind="primary"
        onClick={() => {
          if (saved) props.onDone();
          else setError(words.confirmFirst);
        }}
      >
        {words.next}
      </Button>
    </div>
  );
}

function saveSheet(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = messages.setup.fileName;
  link.click();
  URL.revokeObjectURL(url);
}

/** The browser asks before the tab is closed or reloaded: the key would be gone. */
function useWarningBeforeLeaving(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [on]);
}
