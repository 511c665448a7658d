/**
 * Adds a camera: by its address, which is tried before anything is kept; one that is found on the network; a phone, which gets its settings by QR code; or
 * none for now. Used by the first run and by the settings.
 */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { Field } from '../ui/field.tsx';
import styles from './add-camera.module.css';
import { nameFor, takeApart } from './address.ts';
import { addCamera, testCamera } from './camera-api.ts';
import { FoundCamera } from './found-camera.tsx';
import { PhoneCamera } from './phone-camera.tsx';

type Kind = 'address' | 'network' | 'phone' | 'later';

interface AddCameraProps {
  /** Called with the id of the new camera, or null where none was wanted. */
  readonly onDone: (id: string | null) => void;
  /** Whether going on without one is a choice. */
  readonly canSkip: boolean;
}

export function AddCamera(props: AddCameraProps) {
  const words = messages.addCamera;
  const [kind, setKind] = useState<Kind>('address');
  const choices: readonly (readonly [Kind, string, string])[] = [
    ['address', words.byAddress, words.byAddressHelp],
    ['network', words.byNetwork, words.byNetworkHelp],
    ['phone', words.byPhone, words.byPhoneHelp],
    ...(props.canSkip ? ([['later', words.later, words.laterHelp]] as const) : []),
  ];
  return (
    <div class={styles.form}>
      <Choices label={words.kind} name="kind" value={kind} choices={choices} onChange={setKind} />
      {kind === 'address' ? <AddressForm onDone={props.onDone} /> : null}
      {kind === 'network' ? <FoundCamera onDone={props.onDone} /> : null}
      {kind === 'phone' ? <PhoneCamera onDone={props.onDone} /> : null}
      {kind === 'later' ? (
        <Button kind="primary" onClick={() => props.onDone(null)}>
          {messages.setup.next}
        </Button>
      ) : null}
    </div>
  );
}

function AddressForm({ onDone }: { readonly onDone: (id: string) => void }) {
  const { api, cameras } = useApp();
  const words = messages.addCamera;
  const known = (cameras.list.value ?? []).filter(({ camera }) => camera.kind !== 'demo');
  const [name, setName] = useState(() =>
    nameFor(
      known.map((one) => one.camera.name),
      words.cameraWord,
    ),
  );
  const [source, setSource] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState<'testing' | 'adding' | null>(null);
  const [refused, setRefused] = useState(false);

  const onSource = (text: string): void => {
    const pasted = takeApart(text);
    // Taken apart once the whole is there: while somebody types, an @ may be half a password.
    setSource(pasted.password === null ? text : pasted.source);
    if (pasted.password !== null) {
      setUsername(pasted.username ?? '');
      setPassword(pasted.password);
    }
    setRefused(false);
  };
  const address = () => {
    const { source: bare, username: inUrl } = takeApart(source);
    const user = username.trim() === '' ? inUrl : username.trim();
    return {
      source: bare,
      ...(user === null || user === '' ? {} : { username: user }),
      ...(password === '' ? {} : { password }),
    };
  };
  const submit = async (untested: boolean): Promise<void> => {
    if (busy !== null) return;
    if (source.trim() === '') {
      setError(words.addressMissing);
      return;
    }
    setError(undefined);
    try {
      if (!untested) {
        setBusy('testing');
        await testCamera(api, address());
      }
      setBusy('adding');
      const { id } = await addCamera(api, { name: name.trim() === '' ? words.cameraWord : name.trim(), ...address() });
      await cameras.load().catch(() => undefined);
      onDone(id);
    } catch (failure) {
      setError(whyNot(failure));
      setRefused(failure instanceof ApiError && failure.status >= 500);
    } finally {
      setBusy(null);
    }
  };

  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(false);
      }}
    >
      <Field
        label={words.address}
        name="source"
        value={source}
        onInput={onSource}
        autocomplete="off"
        help={words.addressHelp}
        error={error}
      />
      <div class={styles.pair}>
        <Field label={words.user} name="camera-user" value={username} onInput={setUsername} autocomplete="off" />
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
      {refused ? (
        <Button busy={busy !== null} onClick={() => void submit(true)}>
          {words.addAnyway}
        </Button>
      ) : null}
    </form>
  );
}
