/** When a camera is recorded: spans of the week. None: always. */
import { Plus, Trash2 } from 'lucide';
import { useState } from 'preact/hooks';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { changeCamera } from '../cameras/camera-api.ts';
import { messages } from '../messages/messages.ts';
import { weekdayNames } from '../stats/heat.ts';
import { Button, IconButton } from '../ui/button.tsx';
import type { Span, Weekday } from './schedule.ts';
import { readSchedule, toInput, toSchedule, weekdays } from './schedule.ts';
import styles from './schedule-editor.module.css';
import settings from './settings.module.css';

interface ScheduleEditorProps {
  readonly entry: Settings['cameras'][number];
  readonly onDone: () => void;
}

export function ScheduleEditor({ entry, onDone }: ScheduleEditorProps) {
  const { api, announcer } = useApp();
  const words = messages.settingsPage;
  const [spans, setSpans] = useState<readonly Span[]>(() => readSchedule(entry.entry['schedule']));
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const change = (index: number, next: Partial<Span>): void =>
    setSpans(spans.map((one, at) => (at === index ? { ...one, ...next } : one)));
  const save = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      await changeCamera(api, entry.id, [{ key: 'schedule', value: toSchedule(spans) }]);
      announcer.say(messages.saved);
      onDone();
    } catch (failure) {
      setError(whyNot(failure));
      setBusy(false);
    }
  };
  return (
    <form
      class={settings.form}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p class={settings.muted}>{words.scheduleHelp}</p>
      {spans.length === 0 ? <p>{words.always}</p> : null}
      <ol class={styles.spans}>
        {spans.map((span, index) => (
          <li key={index}>
            <fieldset class={styles.span}>
              <legend class="visually-hidden">{words.scheduleSpan(index + 1)}</legend>
              <div class={styles.days}>
                {weekdays.map((day) => (
                  <Day
                    key={day}
                    day={day}
                    on={span.days.includes(day)}
                    onChange={(on) =>
                      change(index, { days: weekdays.filter((one) => (one === day ? on : span.days.includes(one))) })
                    }
                  />
                ))}
              </div>
              <Time label={words.from} value={span.from} onChange={(from) => change(index, { from })} />
              <Time label={words.to} value={toInput(span.to)} onChange={(to) => change(index, { to })} />
              <IconButton
                icon={Trash2}
                label={words.removeSpan(index + 1)}
                onClick={() => setSpans(spans.filter((_, at) => at !== index))}
              />
            </fieldset>
          </li>
        ))}
      </ol>
      <div>
        <Button icon={Plus} onClick={() => setSpans([...spans, { days: weekdays, from: '08:00', to: '18:00' }])}>
          {words.addSpan}
        </Button>
      </div>
      {error === undefined ? null : (
        <p class={settings.error} role="alert">
          {error}
        </p>
      )}
      <div class={settings.choices}>
        <Button onClick={onDone}>{messages.cancel}</Button>
        <Button type="submit" kind="primary" busy={busy}>
          {messages.save}
        </Button>
      </div>
    </form>
  );
}

interface DayProps {
  readonly day: Weekday;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

function Day({ day, on, onChange }: DayProps) {
  const name = (style: 'short' | 'long') => weekdayNames(messages.language, style)[weekdays.indexOf(day)];
  return (
    <button
      type="button"
      class={styles.day}
      aria-pressed={on ? 'true' : 'false'}
      title={name('long')}
      onClick={() => onChange(!on)}
    >
      {name('short')}
    </button>
  );
}

interface TimeProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Time({ label, value, onChange }: TimeProps) {
  return (
    <label class={styles.time}>
      <span>{label}</span>
      <input
        type="time"
        required={true}
        value={value}
        onChange={(event) => {
          if (event.currentTarget.value !== '') onChange(event.currentTarget.value.slice(0, 5));
        }}
      />
    </label>
  );
}
