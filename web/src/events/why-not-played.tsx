/** A browser says of a file that it can't play no more than that: the server knows whether it was changed. */
import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import styles from './player.module.css';

interface WhyNotPlayedProps {
  readonly id: number;
  /** Seconds that were played. */
  readonly at: number;
  readonly onAgain: () => void;
}

export function WhyNotPlayed({ id, at, onAgain }: WhyNotPlayedProps) {
  const { api } = useApp();
  const words = messages.eventsPage;
  const [faults, setFaults] = useState<readonly string[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    api.verifyRecording(id, stop.signal).then(
      (found) => setFaults(found.faults),
      () => undefined,
    );
    return () => stop.abort();
  }, [api, id]);
  return (
    <div class={styles.refused} role="alert">
      <p>{faults.length === 0 ? words.cannotPlay : words.damaged(faults.join('; '))}</p>
      {faults.length > 0 && at > 0 ? <p>{words.playedUpTo(at.toFixed(1))}</p> : null}
      <Button onClick={onAgain}>{messages.tryNow}</Button>
    </div>
  );
}
