/**
 * The first run: account → how the owner's key is kept → the key sheet → a camera → what to record. It goes on where it was left: a signed-in
 * admin without a key starts at the key. The code of the link is taken out of the address bar at once.
 */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { OwnerKey } from '../api/types.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Sheet } from '../ui/sheet.tsx';
import { AccountStep } from './account-step.tsx';
import { CameraStep } from './camera-step.tsx';
import { KeySheetStep } from './key-sheet-step.tsx';
import { KeyStep } from './key-step.tsx';
import { RecordStep } from './record-step.tsx';

export function SetupPage() {
  const { session } = useApp();
  const { route } = useLocation();
  const words = messages.setup;
  const [code] = useState(readCode);
  const [key, setKey] = useState<OwnerKey | null>(null);
  const state = session.state.value;
  useTitle(words.title);
  useEffect(() => {
    if (location.hash !== '') history.replaceState(history.state, '', '/setup');
  }, []);

  const [rest, setRest] = useState<'camera' | 'record' | null>(null);
  const step = (number: number): string => words.stepOf(number, words.steps.length);
  if (key !== null)
    return (
      <Sheet title={words.sheetTitle} lead={words.sheetLead} above={step(3)}>
        <KeySheetStep
          ownerKey={key}
          onDone={() => {
            setKey(null);
            setRest('camera');
            void session.load();
          }}
        />
      </Sheet>
    );
  if (rest === 'camera' && state.kind === 'signed-in')
    return (
      <Sheet title={words.cameraTitle} lead={words.cameraLead} above={step(4)}>
        <CameraStep onDone={() => setRest('record')} />
      </Sheet>
    );
  if (rest === 'record' && state.kind === 'signed-in')
    return (
      <Sheet title={words.recordTitle} lead={words.recordLead} above={step(5)}>
        <RecordStep onDone={() => route('/', true)} />
      </Sheet>
    );
  if (state.kind === 'signed-in') {
    if (!state.session.needs_key) return <Already text={words.alreadyDone} action={words.done} />;
    if (state.session.user_type !== 'admin') return <Already text={words.notAdmin} action={words.done} />;
    return (
      <Sheet title={words.keyTitle} lead={words.keyLead} above={step(2)}>
        <KeyStep onMade={setKey} />
      </Sheet>
    );
  }
  if (code === '') return <Already text={words.linkUsed} help={words.linkUsedHelp} action={words.toSignIn} />;
  return (
    <Sheet title={words.accountTitle} lead={words.accountLead} above={step(1)}>
      <AccountStep code={code} />
    </Sheet>
  );
}

function Already(props: { readonly text: string; readonly help?: string; readonly action: string }) {
  const { route } = useLocation();
  return (
    <Sheet title={messages.setup.title} lead={props.text}>
      {props.help === undefined ? null : <p>{props.help}</p>}
      <div>
        <Button kind="primary" onClick={() => route('/', true)}>
          {props.action}
        </Button>
      </div>
    </Sheet>
  );
}

function readCode(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}
