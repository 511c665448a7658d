/** Where somebody is signed in, and how to end it: one's own sessions, or those of all accounts. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Sessions } from '../../../src/http/schemas/accounts.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { fullTime } from '../messages/times.ts';
import { Button } from '../ui/button.tsx';
import styles from '../ui/line-list.module.css';

export function SessionList({ all }: { readonly all: boolean }) {
  const { api, announcer } = useApp();
  const words = messages.account;
  const [list, setList] = useState<Sessions['sessions']>([]);
  const reload = useCallback(async () => {
    const answer = await api.get<Sessions>(all ? '/api/sessions?all=1' : '/api/sessions').catch(() => undefined);
    if (answer !== undefined) setList(answer.sessions);
  }, [api, all]);
  useEffect(() => void reload(), [reload]);
  const end = async (id: string): Promise<void> => {
    await api.send('DELETE', `/api/sessions/${id}`).then(
      () => announcer.say(words.sessionEnded),
      () => announcer.say(messages.somethingFailed),
    );
    await reload();
  };
  return (
    <ul class={styles.list}>
      {list.map((one) => (
        <li key={one.id} class={styles.line}>
          <div class={styles.grow}>
            <strong>
              {all ? `${one.username}, ` : ''}
              {browserOf(one.user_agent)}
            </strong>
            <p class={styles.muted}>
              {one.address} · {words.since(fullTime(Date.parse(one.created)))}
            </p>
          </div>
          {one.current ? (
            <span class={styles.muted}>{words.thisOne}</span>
          ) : (
            <Button onClick={() => void end(one.id)}>{words.end}</Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** As much of a user agent as a person knows it by. */
function browserOf(agent: string): string {
  const name = /(Firefox|Edg|OPR|Chrome|Safari)\/[\d.]+/.exec(agent)?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(agent)?.[1];
  const known: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera' };
  if (name === undefined) return agent.slice(0, 60);
  return system === undefined ? (known[name] ?? name) : `${known[name] ?? name}, ${system}`;
}
