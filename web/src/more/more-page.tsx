/** What isn't looked at every day: who is signed in, the vault, the cameras' states, the looks. */
import type { IconNode } from 'lucide';
import { ChartColumn, LockKeyhole, LogOut, Settings, ShieldCheck } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useApp } from '../app/app.ts';
import type { ThemeChoice } from '../app/theme-store.ts';
import type { CameraEntry } from '../cameras/camera-store.ts';
import { stateWords } from '../cameras/state-words.ts';
import type { LanguageChoice } from '../messages/language.ts';
import { keepLanguage, readLanguage } from '../messages/language.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { PasskeySection } from '../session/passkey-section.tsx';
import { Button } from '../ui/button.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { UnlockForm } from '../vault/unlock-form.tsx';
import styles from './more-page.module.css';

const languages: readonly LanguageChoice[] = ['system', 'en', 'de'];
const themes: readonly ThemeChoice[] = ['system', 'dark', 'light'];

export function MorePage() {
  const words = messages.morePage;
  useTitle(words.title);
  return (
    <main id="main" class={styles.page} tabIndex={-1}>
      <PageHead title={words.title} />
      <div class={styles.sections}>
        <PagesSection />
        <VaultSection />
        <CamerasSection />
        <AppearanceSection />
        <Section id="passkeys" title={messages.passkeys.title}>
          <PasskeySection />
        </Section>
        <SessionSection />
      </div>
    </main>
  );
}

function Section(props: { readonly id: string; readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class={styles.section} id={props.id} aria-labelledby={`${props.id}-title`}>
      <h2 id={`${props.id}-title`}>{props.title}</h2>
      <div class={styles.body}>{props.children}</div>
    </section>
  );
}

/** On a phone the bar has room for four: the others are here. */
function PagesSection() {
  const { session } = useApp();
  const links: readonly (readonly [string, string, IconNode])[] = [
    ['/stats', messages.stats, ChartColumn],
    ['/settings', messages.settings, Settings],
    ...(session.isAdmin ? ([['/security', messages.security, ShieldCheck]] as const) : []),
  ];
  return (
    <Section id="pages" title={messages.morePage.pages}>
      <ul class={styles.pages}>
        {links.map(([href, text, icon]) => (
          <li key={href}>
            <a class={styles.pageLink} href={href}>
              <Icon node={icon} />
              {text}
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function VaultSection() {
  const { session } = useApp();
  const { route } = useLocation();
  const words = messages.vault;
  const vault = session.session?.vault;
  if (vault === undefined) return null;
  const text = { open: words.openText, locked: words.lockedText, absent: words.absentText }[vault.kind];
  return (
    <Section id="vault" title={messages.morePage.vault}>
      <p>
        <strong>{words[vault.kind]}.</strong> {text} {vault.mode === null ? '' : words.modes[vault.mode]}
      </p>
      {!session.isAdmin ? null : (
        <>
          {vault.kind === 'locked' && vault.mode === 'passphrase' ? <UnlockForm /> : null}
          {vault.kind === 'open' && vault.mode === 'passphrase' ? <LockButton /> : null}
          {vault.kind === 'absent' ? (
            <Button kind="primary" onClick={() => route('/setup')}>
              {messages.wallPage.needsKeyAction}
            </Button>
          ) : null}
        </>
      )}
    </Section>
  );
}

function LockButton() {
  const { api, session, announcer } = useApp();
  const [busy, setBusy] = useState(false);
  const lock = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.lockVault();
      session.setVault(await api.vault());
      announcer.say(messages.vault.lockedNow);
    } catch {
      announcer.say(messages.somethingFailed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={LockKeyhole} busy={busy} onClick={() => void lock()}>
      {messages.vault.lock}
    </Button>
  );
}

function CamerasSection() {
  const { cameras } = useApp();
  const list = cameras.list.value ?? [];
  return (
    <Section id="cameras" title={messages.morePage.cameras}>
      {list.length === 0 ? <p class={styles.muted}>{messages.wallPage.none}</p> : null}
      <ul class={styles.cameras}>
        {list.map((entry) => (
          <CameraLine key={entry.camera.id} entry={entry} />
        ))}
      </ul>
    </Section>
  );
}

function CameraLine({ entry }: { readonly entry: CameraEntry }) {
  const { api, live, tick } = useApp();
  const { camera } = entry;
  const state = entry.state.value;
  const connected = live.value?.connection.value.kind === 'open';
  const words = stateWords({ state, connected, now: tick.value + api.clockOffsetMs });
  const facts = [messages.morePage.kinds[camera.kind]];
  if (camera.width !== null && camera.height !== null && camera.width > 0)
    facts.push(messages.morePage.size(camera.width, camera.height, camera.fps));
  return (
    <li class={styles.camera}>
      <a class={styles.cameraName} href={`/?camera=${encodeURIComponent(camera.id)}`}>
        {camera.name}
      </a>
      <StateMark words={words} />
      <p class={styles.facts}>{facts.join(' · ')}</p>
      {state.detail === null ? null : <p class={styles.facts}>{sentence(state.detail)}</p>}
    </li>
  );
}

function AppearanceSection() {
  const { theme } = useApp();
  const words = messages.morePage;
  return (
    <Section id="appearance" title={words.appearance}>
      <fieldset class={styles.themes}>
        <legend class="visually-hidden">{words.appearance}</legend>
        {themes.map((choice) => (
          <label key={choice} class={styles.theme}>
            <input
              type="radio"
              name="theme"
              value={choice}
              checked={theme.choice.value === choice}
              onChange={() => theme.choose(choice)}
            />
            <span>{words.themes[choice]}</span>
          </label>
        ))}
      </fieldset>
      <p class={styles.muted}>{words.appearanceHelp}</p>
      <fieldset class={styles.themes}>
        <legend class={styles.legend}>{words.language}</legend>
        {languages.map((choice) => (
          <label key={choice} class={styles.theme}>
            <input
              type="radio"
              name="language"
              value={choice}
              checked={readLanguage() === choice}
              onChange={() => {
                keepLanguage(choice);
                location.reload();
              }}
            />
            <span>{words.languages[choice]}</span>
          </label>
        ))}
      </fieldset>
    </Section>
  );
}

function SessionSection() {
  const { session } = useApp();
  const { route } = useLocation();
  const words = messages.morePage;
  const current = session.session;
  if (current === undefined) return null;
  return (
    <Section id="session" title={words.session}>
      <p>{words.as(current.username, words.roles[current.user_type] ?? current.user_type)}</p>
      <Button
        icon={LogOut}
        onClick={() => {
          route('/', true);
          session.signOut().catch(() => undefined);
        }}
      >
        {words.signOut}
      </Button>
    </Section>
  );
}
