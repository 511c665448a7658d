/** What is worth a recording. Three answers that fit most homes; the settings know more. */
import { useState } from 'preact/hooks';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import styles from './setup.module.css';

type What = 'events' | 'continuous' | 'nothing';

const settings: Readonly<Record<What, readonly { readonly key: string; readonly value: unknown }[]>> = {
  // The defaults are people and vehicles: nothing needs to stand in the file.
  events: [],
  continuous: [{ key: 'recording.mode', value: 'continuous' }],
  nothing: [{ key: 'recording.enabled', value: false }],
};

export function RecordStep({ onDone }: { readonly onDone: () => void }) {
  const { api } = useApp();
  const words = messages.setup;
  const [what, setWhat] = useState<What>('events');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const changes = settings[what];
      if (changes.length > 0) await api.send('PATCH', '/api/config', { changes });
      onDone();
    } catch (failure) {
      setError(whyNot(failure));
      setBusy(false);
    }
  };
  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Choices
        label={words.recordTitle}
        name="what"
        value={what}
        choices={[
          ['events', words.recordEvents, words.recordEventsHelp],
          ['continuous', words.recordAll, words.recordAllHelp],
          ['nothing', words.recordNothing, words.recordNothingHelp],
        ]}
        onChange={setWhat}
      />
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <Button type="submit" kind="primary" busy={busy}>
        {words.done}
      </Button>
    </form>
  );
}
