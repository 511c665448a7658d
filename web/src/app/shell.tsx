/** The frame around every page: rail or bottom bar, what holds for the whole page, and the announcer. */
import type { IconNode } from 'lucide';
import {
  ChartColumn,
  ChartNoAxesGantt,
  Ellipsis,
  KeyRound,
  LayoutGrid,
  ListVideo,
  LockKeyhole,
  LockKeyholeOpen,
  Settings,
  ShieldCheck,
} from 'lucide';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { useApp } from './app.ts';
import styles from './shell.module.css';

const pages: readonly (readonly [path: string, text: string, icon: IconNode, wideOnly?: boolean])[] = [
  ['/', messages.wall, LayoutGrid],
  ['/events', messages.events, ListVideo],
  ['/timeline', messages.timeline, ChartNoAxesGantt],
  ['/stats', messages.stats, ChartColumn, true],
  ['/settings', messages.settings, Settings, true],
  ['/security', messages.security, ShieldCheck, true],
  ['/more', messages.more, Ellipsis],
];

export function Shell(props: { readonly children: ComponentChildren }) {
  const { path } = useLocation();
  return (
    <div class={styles.shell}>
      <a class={styles.skip} href="#main">
        {messages.skip}
      </a>
      <nav class={styles.nav} aria-label={messages.navigation}>
        <Mark />
        <ul class={styles.links}>
          {pages.map(([href, text, icon, wideOnly]) => (
            <li key={href} class={wideOnly === true ? styles.wideOnly : undefined}>
              <a class={styles.link} href={href} aria-current={path === href ? 'page' : undefined}>
                <Icon node={icon} size={22} />
                <span>{text}</span>
              </a>
            </li>
          ))}
        </ul>
        <VaultFoot />
      </nav>
      <div class={styles.content}>
        <ConnectionStrip />
        {props.children}
      </div>
      <Announcements />
    </div>
  );
}

function Mark() {
  return (
    <svg class={styles.mark} viewBox="0 0 32 32" width="28" height="28" role="img" aria-label="SentriX">
      <path d="M5 11V8a3 3 0 0 1 3-3h3M21 5h3a3 3 0 0 1 3 3v3M27 21v3a3 3 0 0 1-3 3h-3M11 27H8a3 3 0 0 1-3-3v-3" />
      <circle cx="16" cy="16" r="4" />
    </svg>
  );
}

/** The lock state of the vault has a fixed quiet place. */
function VaultFoot() {
  const { session } = useApp();
  const vault = session.session?.vault;
  if (vault === undefined) return null;
  const icon = { open: LockKeyholeOpen, locked: LockKeyhole, absent: KeyRound }[vault.kind];
  return (
    <a class={styles.vault} href="/more#vault" data-kind={vault.kind}>
      <Icon node={icon} size={18} />
      <span>{messages.vault[vault.kind]}</span>
    </a>
  );
}

function ConnectionStrip() {
  const { live, tick } = useApp();
  const client = live.value;
  const connection = client?.connection.value;
  if (client === null || connection?.kind !== 'closed') return null;
  const seconds = Math.ceil(Math.max(0, connection.retryAt - tick.value) / 1000);
  return (
    <section class={styles.connection} aria-label={messages.connection}>
      <p>
        <strong role="status">{messages.unreachable}</strong>{' '}
        <span class="tabular">{messages.tryingAgain(seconds)}</span>
      </p>
      <Button onClick={() => client.retry()}>{messages.tryNow}</Button>
    </section>
  );
}

function Announcements() {
  const { announcer } = useApp();
  return (
    <div class={styles.announcer} role="status">
      {announcer.text.value === '' ? null : <p class={styles.toast}>{announcer.text.value}</p>}
    </div>
  );
}
