/**
 * Every key of the file, by section, with a search over all of them; cameras, accounts and one's own account beside them.
 * The section stands in the URL.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { AccountsSection } from './accounts-section.tsx';
import { CamerasSection } from './cameras-section.tsx';
import type { SchemaNode, SettingKey } from './keys.ts';
import { settingKeys } from './keys.ts';
import { KeysForm } from './keys-form.tsx';
import { KeysSection } from './keys-section.tsx';
import { OwnAccountSection } from './own-account-section.tsx';
import styles from './settings.module.css';

export function SettingsPage() {
  const { session } = useApp();
  const { query, route } = useLocation();
  const words = messages.settingsPage;
  const { settings, failed, reload } = useSettings(session.isAdmin);
  const [search, setSearch] = useState('');
  const keys = settings === null ? [] : settingKeys(settings.schema as SchemaNode);
  const fileSections = [...new Set(keys.map(({ section }) => section))];
  const own = ['account', ...(session.isAdmin ? ['accounts', 'cameras'] : [])];
  const sections = session.isAdmin ? ['cameras', ...fileSections, 'keys', 'accounts', 'account'] : own;
  const section = sections.find((one) => one === query['section']) ?? (session.isAdmin ? 'cameras' : 'account');
  const needle = search.trim().toLowerCase();
  const found =
    needle === ''
      ? []
      : keys.filter(({ key, meaning }) =>
          `${key.replaceAll('_', ' ')} ${key} ${meaning}`.toLowerCase().includes(needle),
        );
  const nav = useRef<HTMLElement>(null);
  // On a phone the sections stand in a row that goes on beyond the screen.
  useEffect(() => {
    const current = nav.current?.querySelector(`a[href="/settings?section=${CSS.escape(section)}"]`);
    if (fileSections.length > 0) current?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [section, fileSections.length]);
  useTitle(words.title);
  return (
    <main id="main" class={styles.page} tabIndex={-1}>
      <PageHead title={words.title} />
      <div class={styles.columns}>
        <nav ref={nav} class={styles.sections} aria-label={words.sections}>
          {session.isAdmin ? (
            <Field label={words.search} name="search" value={search} onInput={setSearch} autocomplete="off" />
          ) : null}
          <ul class={styles.links}>
            {sections.map((one) => (
              <li key={one}>
                <a
                  href={`/settings?section=${one}`}
                  aria-current={one === section && needle === '' ? 'page' : undefined}
                  onClick={(event) => {
                    event.preventDefault();
                    setSearch('');
                    route(`/settings?section=${one}`, true);
                  }}
                >
                  {words.names[one] ?? one}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class={styles.body}>
          {failed ? (
            <Notice title={messages.failed}>
              <Button onClick={() => void reload()}>{messages.tryNow}</Button>
            </Notice>
          ) : null}
          {settings === null ? null : <FileNotes settings={settings} />}
          {needle === '' ? (
            <Section name={section} keys={keys} settings={settings} reload={reload} />
          ) : (
            <section aria-labelledby="found-title">
              <h2 id="found-title">{words.found(found.length)}</h2>
              {settings === null ? null : <KeysForm key={needle} keys={found} settings={settings} onSaved={reload} />}
            </section>
          )}
        </div>
      </div>
    </main>
  );
}

interface SectionProps {
  readonly name: string;
  readonly keys: readonly SettingKey[];
  readonly settings: Settings | null;
  readonly reload: () => Promise<void>;
}

function Section({ name, keys, settings, reload }: SectionProps) {
  const words = messages.settingsPage;
  if (name === 'account') return <OwnAccountSection />;
  if (settings === null) return null;
  return (
    <section aria-labelledby="section-title">
      <h2 class={styles.title} id="section-title">
        {words.names[name] ?? name}
      </h2>
      {name === 'cameras' ? <CamerasSection settings={settings} reload={reload} /> : null}
      {name === 'accounts' ? <AccountsSection /> : null}
      {name === 'keys' ? <KeysSection /> : null}
      {name !== 'cameras' && name !== 'accounts' && name !== 'keys' ? (
        <KeysForm key={name} keys={keys.filter((one) => one.section === name)} settings={settings} onSaved={reload} />
      ) : null}
    </section>
  );
}

function FileNotes({ settings }: { readonly settings: Settings }) {
  const words = messages.settingsPage;
  return (
    <>
      {settings.writable ? null : (
        <Notice strip={true} title={words.readOnly(settings.file)} help={words.readOnlyHelp} />
      )}
      {settings.waiting.length === 0 ? null : (
        <Notice strip={true} title={words.waiting} help={settings.waiting.join(', ')} />
      )}
    </>
  );
}

function useSettings(isAdmin: boolean): { settings: Settings | null; failed: boolean; reload: () => Promise<void> } {
  const { api } = useApp();
  const [settings, setSettings] = useState<Settings | null>(null);
  const [failed, setFailed] = useState(false);
  const reload = useCallback(async () => {
    try {
      setSettings(await api.get<Settings>('/api/config'));
      setFailed(false);
    } catch {
      setFailed(true);
    }
  }, [api]);
  useEffect(() => {
    if (isAdmin) void reload();
  }, [isAdmin, reload]);
  return { settings, failed, reload };
}
