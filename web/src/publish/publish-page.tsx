/** "Use this device as a camera": by a link of an admin's, opened once, or signed in as somebody who may publish. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Sheet } from '../ui/sheet.tsx';
import styles from './publish-page.module.css';
import type { PublishState } from './publisher.ts';
import { Publisher } from './publisher.ts';
import { canSendSound, soundChannels } from './sound-encoder.ts';

function wordsOf(state: PublishState): string {
  const words = messages.publish;
  switch (state.kind) {
    case 'choose':
      return state.cameras.length === 0 ? words.none : words.choose;
    case 'live':
      return words.live(state.name);
    case 'ended':
      if (state.code === 'unsupported') return words.unsupported;
      return state.code === 'stream/taken' || state.code === 'stream/replaced' ? words.taken : words.ended;
    default:
      return words[state.kind];
  }
}

/** Out of the address bar, and out of the history, before anything else. */
function takeCode(): string | null {
  const code = location.hash.slice(1);
  if (code === '') return null;
  history.replaceState(null, '', location.pathname);
  return code;
}

export function PublishPage() {
  const { api } = useApp();
  const words = messages.publish;
  useTitle(words.title);
  const code = useRef(takeCode());
  const video = useRef<HTMLVideoElement>(null);
  const publisher = useSignal<Publisher | null>(null);
  const problem = useSignal<string | null>(null);
  const withSound = useSignal(false);
  useEffect(() => () => publisher.peek()?.stop(), [publisher]);

  const start = async (): Promise<void> => {
    problem.value = null;
    const element = video.current!;
    try {
      const wish = {
        width: { ideal: 1280 },
        height: { ideal: 720 },
        frameRate: { ideal: 15 },
        facingMode: 'environment',
      };
      element.srcObject = await navigator.mediaDevices.getUserMedia({
        video: wish,
        audio: withSound.value ? { channelCount: { ideal: soundChannels } } : false,
      });
      await element.play();
    } catch {
      problem.value = words.noCamera;
      return;
    }
    try {
      if (code.current !== null) await api.redeemPublishLink(code.current);
      code.current = null;
    } catch {
      problem.value = words.linkVoid;
      return;
    }
    publisher.value ??= new Publisher(`wss://${location.host}/api/publish`, element);
    const [microphone] = element.srcObject.getAudioTracks();
    if (microphone !== undefined) publisher.value.listen(microphone);
    publisher.value.start();
  };
  const stop = (): void => {
    publisher.value?.stop();
    const stream = video.current?.srcObject;
    if (stream instanceof MediaStream) for (const track of stream.getTracks()) track.stop();
  };

  const state: PublishState = publisher.value?.state.value ?? { kind: 'off' };
  const isOn = state.kind !== 'off' && state.kind !== 'ended';
  return (
    <Sheet title={words.title} lead={words.lead}>
      <video ref={video} class={styles.preview} muted playsInline aria-label={words.preview} />
      <p role="status" data-state={state.kind}>
        {problem.value ?? wordsOf(state)}
      </p>
      {state.kind === 'choose'
        ? state.cameras.map(({ id, name }) => (
            <Button key={id} onClick={() => publisher.value?.start(id)}>
              {name}
            </Button>
          ))
        : null}
      {canSendSound() && !isOn ? (
        <label>
          <input
            type="checkbox"
            checked={withSound.value}
            onChange={(event) => {
              withSound.value = event.currentTarget.checked;
            }}
          />{' '}
          {words.sound}
        </label>
      ) : null}
      <div>
        {isOn ? (
          <Button onClick={stop}>{words.stop}</Button>
        ) : (
          <Button kind="primary" onClick={() => void start()}>
            {words.start}
          </Button>
        )}
      </div>
    </Sheet>
  );
}
