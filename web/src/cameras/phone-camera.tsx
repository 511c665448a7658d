/** A phone as a camera: an entry it publishes to, an account that may do nothing but that, and both as a QR code. */
import { useState } from 'preact/hooks';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Qr } from '../ui/qr.tsx';
import styles from './add-camera.module.css';
import { larixLink, nameFor } from './address.ts';
import { addCamera, publisherFor, publishLink } from './camera-api.ts';

interface Phone {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** For its browser instead of an app. */
  readonly link: string | undefined;
}

export function PhoneCamera({ onDone }: { readonly onDone: (id: string) => void }) {
  const { api, cameras } = useApp();
  const words = messages.addCamera;
  const taken = (cameras.list.value ?? []).map((one) => one.camera.name);
  const [name, setName] = useState(() => nameFor(taken, words.phoneWord));
  const [phone, setPhone] = useState<Phone>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const make = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const wanted = name.trim() === '' ? words.phoneWord : name.trim();
      const { id, path } = await addCamera(api, { name: wanted });
      const account = await publisherFor(api, id);
      // Without it there is still the app.
      const link = await publishLink(api, id).catch(() => undefined);
      const { values } = await api.get<Settings>('/api/config');
      setPhone({ id, name: wanted, url: `${publishOrigin(values)}/${path}`, ...account, link });
      cameras.load().catch(() => undefined);
    } catch (failure) {
      setError(whyNot(failure));
    } finally {
      setBusy(false);
    }
  };

  if (phone === undefined)
    return (
      <form
        class={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Field label={words.name} name="camera-name" value={name} onInput={setName} autocomplete="off" error={error} />
        <Button type="submit" kind="primary" busy={busy}>
          {words.makePhone}
        </Button>
      </form>
    );
  return (
    <div class={styles.phone}>
      <p>{words.scan}</p>
      <Qr text={larixLink(phone)} label={words.qrLabel} />
      <dl class={styles.facts}>
        <dt>{words.publishTo}</dt>
        <dd>{phone.url}</dd>
        <dt>{words.user}</dt>
        <dd>{phone.username}</dd>
        <dt>{words.password}</dt>
        <dd>{phone.password}</dd>
      </dl>
      <p>{words.onceOnly}</p>
      {phone.link === undefined ? null : (
        <>
          <p>{words.scanBrowser}</p>
          <Qr text={phone.link} label={words.browserQrLabel} />
          <dl class={styles.facts}>
            <dt>{words.browserLink}</dt>
            <dd>{phone.link}</dd>
          </dl>
        </>
      )}
      <Button kind="primary" onClick={() => onDone(phone.id)}>
        {messages.setup.next}
      </Button>
    </div>
  );
}

/** The encrypted door; phones trust the certificate once its authority was installed. */
function publishOrigin(values: Settings['values']): string {
  const { mediamtx } = (values['advanced'] ?? {}) as { mediamtx?: { rtsp_port?: number; rtsps_port?: number } };
  return `rtsps://${location.hostname}:${mediamtx?.rtsps_port ?? 8322}`;
}
