/** What stands between a stranger and the recordings: the checklist, who is signed in, and what was done here. */
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { AuditPage, AuditVerification } from '../../../src/http/schemas/audit.ts';
import { ApiError } from '../api/client.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { clockTime, dayTitle, fullTime } from '../messages/times.ts';
import { SessionList } from '../session/session-list.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { useTitle } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Prose } from '../ui/prose.tsx';
import { matches, shortened } from './entries.ts';
import styles from './security.module.css';

type Status = 'pass' | 'warn' | 'fail';

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly title: string;
    readonly status: Status;
    readonly findings: readonly { readonly status: Status; readonly why: string; readonly mend?: string }[];
  }[];
}

export function SecurityPage() {
  const { session } = useApp();
  const words = messages.securityPage;
  useTitle(words.title);
  if (!session.isAdmin)
    return (
      <main id="main" class={styles.page} tabIndex={-1}>
        <PageHead title={words.title} />
        <Notice title={words.adminsOnly} />
      </main>
    );
  return (
    <main id="main" class={styles.page} tabIndex={-1}>
      <PageHead title={words.title} />
      <div class={styles.sections}>
        <Checklist />
        <section aria-labelledby="signed-in-title" class={styles.section}>
          <h2 id="signed-in-title">{words.signedIn}</h2>
          <SessionList all={true} />
        </section>
        <AuditLog />
      </div>
    </main>
  );
}

const marks = { pass: CircleCheck, warn: TriangleAlert, fail: CircleAlert } as const;
const order: readonly Status[] = ['fail', 'warn', 'pass'];

function Checklist() {
  const { api } = useApp();
  const words = messages.securityPage;
  const [report, setReport] = useState<Report | 'none' | null>(null);
  const [checkedAt, setCheckedAt] = useState(0);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const check = useCallback(async () => {
    setBusy(true);
    setError(undefined);
    try {
      setReport(await api.get<Report>('/api/doctor'));
      setCheckedAt(Date.now());
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 404) setReport('none');
      else setError(whyNot(failure));
    } finally {
      setBusy(false);
    }
  }, [api]);
  useEffect(() => void check(), [check]);
  if (report === 'none') return null;
  const checks = [...(report?.checks ?? [])].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const open = checks.filter(({ status }) => status !== 'pass').length;
  return (
    <section aria-labelledby="checks-title" class={styles.section}>
      <div class={styles.head}>
        <h2 id="checks-title">{words.checklist}</h2>
        <Button busy={busy} onClick={() => void check()}>
          {words.checkAgain}
        </Button>
      </div>
      {error === undefined ? null : <p role="alert">{error}</p>}
      {report === null ? null : (
        <p class={styles.lead}>
          {open === 0 ? words.allWell(checks.length) : words.open(open)}{' '}
          <span class={styles.muted}>{words.checkedAt(clockTime(checkedAt))}</span>
        </p>
      )}
      <ul class={styles.checks}>
        {checks.map(({ id, title, status, findings }) => (
          <li key={id} class={styles.check} data-status={status}>
            <Icon node={marks[status]} label={words.status[status] ?? status} />
            <div>
              <strong>{sentence(title)}</strong>
              {findings.map((finding) => (
                <p key={finding.why}>
                  <Prose text={sentence(finding.why)} />
                  {finding.mend === undefined ? null : (
                    <span class={styles.mend}>
                      <Prose text={sentence(finding.mend)} />
                    </span>
                  )}
                </p>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

const pageSize = 200;

function AuditLog() {
  const { api } = useApp();
  const words = messages.securityPage;
  const [entries, setEntries] = useState<AuditPage['entries']>([]);
  const [search, setSearch] = useState('');
  const [state, setState] = useState<'loading' | 'more' | 'end' | 'failed'>('loading');
  const [verification, setVerification] = useState<AuditVerification | null>(null);
  const [verifying, setVerifying] = useState(false);
  const [error, setError] = useState<string>();
  const load = useCallback(
    async (before: number | undefined) => {
      setState('loading');
      try {
        const query = before === undefined ? '' : `&before=${before}`;
        const page = await api.get<AuditPage>(`/api/audit?limit=${pageSize}${query}`);
        setEntries((known) => (before === undefined ? page.entries : [...known, ...page.entries]));
        setState((page.entries.at(-1)?.sequence ?? 0) > 0 ? 'more' : 'end');
      } catch {
        setState('failed');
      }
    },
    [api],
  );
  useEffect(() => void load(undefined), [load]);
  const verify = async (): Promise<void> => {
    setVerifying(true);
    setError(undefined);
    try {
      setVerification(await api.get<AuditVerification>('/api/audit/verification'));
    } catch (failure) {
      setError(whyNot(failure));
    } finally {
      setVerifying(false);
    }
  };
  const shown = entries.filter((entry) => matches(entry, search));
  return (
    <section aria-labelledby="log-title" class={styles.section}>
      <div class={styles.head}>
        <h2 id="log-title">{words.log}</h2>
        <Button busy={verifying} onClick={() => void verify()}>
          {verifying ? words.verifying : words.verify}
        </Button>
      </div>
      <div role="status">
        {verification === null ? null : (
          <p class={styles.check} data-status={verification.faults.length === 0 ? 'pass' : 'fail'}>
            <Icon node={marks[verification.faults.length === 0 ? 'pass' : 'fail']} />
            <span>
              {verification.faults.length === 0
                ? words.intact(verification.entries, clockTime(Date.now()))
                : words.faults(
                    verification.faults.map(({ kind, sequence }) =>
                      sequence === undefined ? kind : `${kind} (${sequence})`,
                    ),
                  )}
            </span>
          </p>
        )}
      </div>
      {error === undefined ? null : <p role="alert">{error}</p>}
      <Field label={words.search} name="log-search" value={search} onInput={setSearch} autocomplete="off" />
      <div class={styles.scroll}>
        <table class={styles.table}>
          <caption class="visually-hidden">{words.log}</caption>
          <thead>
            <tr>
              <th scope="col">{words.when}</th>
              <th scope="col">{words.what}</th>
              <th scope="col">{words.who}</th>
              <th scope="col">{words.about}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((entry) => (
              <tr key={entry.sequence}>
                <td>
                  <time dateTime={entry.timestamp} title={fullTime(Date.parse(entry.timestamp))}>
                    {dayTitle(Date.parse(entry.timestamp), Date.now())} {clockTime(Date.parse(entry.timestamp))}
                  </time>
                </td>
                <td>{entry.kind}</td>
                <td>
                  {entry.who ?? '–'}
                  {entry.from === null ? '' : ` (${entry.from})`}
                </td>
                <td>
                  {[
                    entry.camera,
                    ...Object.entries(entry.detail ?? {}).map(([name, value]) => `${name} ${shortened(value)}`),
                  ]
                    .filter((part) => part !== undefined)
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {state === 'failed' ? <p role="alert">{messages.failed}</p> : null}
      {state === 'end' ? null : (
        <div>
          <Button busy={state === 'loading'} onClick={() => void load(entries.at(-1)?.sequence)}>
            {words.older}
          </Button>
        </div>
      )}
    </section>
  );
}
