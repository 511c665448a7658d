/** Labels and a note on a recording: what a person knows of it. */
import { useState } from 'preact/hooks';
import { whyNot } from '../api/failure-words.ts';
import type { Recording } from '../api/types.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import styles from './player.module.css';

interface AnnotationsProps {
  readonly recording: Recording;
  readonly onChanged: (recording: Recording) => void;
}

export function Annotations({ recording, onChanged }: AnnotationsProps) {
  const { api, announcer } = useApp();
  const words = messages.eventsPage;
  const [labels, setLabels] = useState((recording.labels ?? []).join(', '));
  const [note, setNote] = useState(recording.note ?? '');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const wanted = labels
        .split(',')
        .map((label) => label.trim())
        .filter((label) => label !== '');
      onChanged(await api.annotate(recording.id, { labels: wanted, note }));
      announcer.say(messages.saved);
    } catch (failure) {
      setError(whyNot(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details class={styles.annotations} open={recording.note !== undefined || recording.labels !== undefined}>
      <summary>{words.annotations}</summary>
      <form
        class={styles.annotationForm}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label={words.labels}
          name="labels"
          value={labels}
          onInput={setLabels}
          autocomplete="off"
          help={words.labelsHelp}
        />
        <Field label={words.note} name="note" value={note} onInput={setNote} autocomplete="off" error={error} />
        <div>
          <Button type="submit" busy={busy}>
            {messages.save}
          </Button>
        </div>
      </form>
    </details>
  );
}
