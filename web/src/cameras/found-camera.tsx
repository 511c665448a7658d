/** Cameras that answer on the network: one is chosen, asked for its streams, tried, and added with both of them. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Discovered } from '../../../src/http/schemas/cameras.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import lines from '../ui/line-list.module.css';
import styles from './add-camera.module.css';
import { addCamera, askForStreams, findCameras, testCamera } from './camera-api.ts';

type Found = Discovered['cameras'][number];

export function FoundCamera({ onDone }: { readonly onDone: (id: string) => void }) {
  const words = messages.addCamera;
  const { found, error, search } = useSearch();
  const [chosen, setChosen] = useState<Found>();
  if (chosen !== undefined) return <FoundForm camera={chosen} onBack={() => setChosen(undefined)} onDone={onDone} />;
  if (error !== undefined || found === undefined)
    return (
      <div class={styles.phone}>
        <p role="status">{error ?? words.searching}</p>
        {error === undefined ? null : <Button onClick={search}>{words.searchAgain}</Button>}
      </div>
    );
  return (
    <div class={styles.phone}>
      {found.length === 0 ? <p role="status">{words.nothingFound}</p> : null}
      {found.length === 0 ? null : (
        <ul class={`${lines.list} ${styles.found}`}>
          {found.map((camera) => (
            <li key={camera.service} class={lines.line}>
              <div class={lines.grow}>
                <strong>{nameOf(camera)}</strong>
                <p class={lines.muted}>
                  {[camera.model, camera.address, camera.configured ? words.alreadyHere : '']
                    .filter((part) => part !== '' && part !== nameOf(camera))
                    .join(' · ')}
                </p>
              </div>
              <Button onClick={() => setChosen(camera)} aria-label={words.chooseFound(nameOf(camera))}>
                {messages.add}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Button onClick={search}>{words.searchAgain}</Button>
    </div>
  );
}

interface FoundFormProps {
  readonly camera: Found;
  readonly onBack: () => void;
  readonly onDone: (id: string) => void;
}

function FoundForm({ camera, onBack, onDone }: FoundFormProps) {
  const { api, cameras } = useApp();
  const words = messages.addCamera;
  const [name, setName] = useState(nameOf(camera));
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState<'testing' | 'adding' | null>(null);
  const submit = async (): Promise<void> => {
    if (busy !== null) return;
    setError(undefined);
    const user = username.trim();
    const credentials = user === '' || password === '' ? {} : { username: user, password };
    try {
      setBusy('testing');
      const { source, substream } = await askForStreams(api, { service: camera.service, ...credentials });
      await testCamera(api, { source, ...credentials });
      setBusy('adding');
      const given = name.trim() === '' ? nameOf(camera) : name.trim();
      const streams = { source, ...(substream === null ? {} : { substream }) };
      const { id } = await addCamera(api, { name: given, ...streams, ...credentials });
      await cameras.load().catch(() => undefined);
      onDone(id);
    } catch (failure) {
      setError(whyNot(failure));
    } finally {
      setBusy(null);
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
      <p>{words.foundLead(camera.address)}</p>
      <div class={styles.pair}>
        <Field
          label={words.user}
          name="camera-user"
          value={username}
          onInput={setUsername}
          autocomplete="off"
          error={error}
        />
        <Field
          label={words.password}
          name="camera-password"
          value={password}
          onInput={setPassword}
          autocomplete="off"
          secret={true}
        />
      </div>
      <Field label={words.name} name="camera-name" value={name} onInput={setName} autocomplete="off" />
      <Button type="submit" kind="primary" busy={busy !== null}>
        {busy === 'testing' ? words.testing : busy === 'adding' ? words.adding : words.add}
      </Button>
      <Button onClick={onBack}>{messages.back}</Button>
    </form>
  );
}

/** Searches when it is shown, and again when asked. */
function useSearch() {
  const { api } = useApp();
  const [round, setRound] = useState(0);
  const [found, setFound] = useState<readonly Found[]>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    const stop = new AbortController();
    setFound(undefined);
    setError(undefined);
    findCameras(api, stop.signal).then(setFound, (failure: unknown) => {
      if (!stop.signal.aborted) setError(whyNot(failure));
    });
    return () => stop.abort();
  }, [api, round]);
  return { found, error, search: useCallback(() => setRound((before) => before + 1), []) };
}

/** What it calls itself is somebody else's text, and may be nothing. */
function nameOf({ name, model, address }: Found): string {
  return [name, model, address].find((text) => text.trim() !== '') ?? address;
}
