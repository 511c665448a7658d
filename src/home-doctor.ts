/** What an opened home tells the doctor. */
import type { ConfigFile } from './config/config-file.ts';
import type { Config } from './config/load.ts';
import { isCommonPassword } from './doctor/default-passwords.ts';
import { examine } from './doctor/doctor.ts';
import type { HomeFacts } from './doctor/home-facts.ts';
import { thisMachine } from './doctor/machine.ts';
import type { HomeOptions, HomeParts } from './home.ts';

/** Keys of `catalog.state` under which it is written when something was last done; UTC ms as text. */
export const backupMadeAt = 'backup.made-at';
export const backupVerifiedAt = 'backup.verified-at';
export const alertTestedAt = 'alert.tested-at';

export async function homeFacts(
  { access, vault, certificates, credentials, catalog }: HomeParts,
  config: Config,
  server?: HomeFacts['server'],
): Promise<HomeFacts> {
  const status = vault.status();
  const { source, names, validFrom, validTo } = certificates.show();
  const { recordings } = await catalog.recordingLists.list(
    { offset: 0, limit: 1, states: ['finished', 'torn'] },
    'all',
  );
  const time = async (key: string): Promise<number | null> => {
    const text = await catalog.state.get(key);
    return text === undefined ? null : Number(text);
  };
  return {
    accounts: (await access.users.list()).map(
      ({ name, role, canLogIn, secondFactor, createdAt, passwordChangedAt }) => ({
        ...{ name, role, canLogIn, secondFactor, createdAt, passwordChangedAt },
      }),
    ),
    owner: status.kind === 'absent' ? { kind: 'absent' } : { kind: status.kind, mode: status.mode },
    escrow: (await vault.keyFacts()).escrow.length,
    certificate: { source, names, validFrom, validTo },
    cameras: await Promise.all(
      config.cameras.map(async ({ id }) => {
        const stored = await credentials.get(id);
        if (stored === undefined) return { id, changedAt: null, password: 'none' as const };
        const isCommon = isCommonPassword(stored.username, stored.password.reveal());
        return { id, changedAt: stored.changedAt, password: isCommon ? ('common' as const) : ('own' as const) };
      }),
    ),
    backup: {
      madeAt: await time(backupMadeAt),
      verifiedAt: await time(backupVerifiedAt),
      newestRecordingAt: recordings[0]?.startAt ?? null,
    },
    alertTestedAt: await time(alertTestedAt),
    ...(server === undefined ? {} : { server }),
  };
}

/** One examination at a time and none more often than this: each starts a dozen programs. */
const freshMs = 10_000;

/** The checklist for HTTP: whoever reads it there needs no paths of this machine. */
export function doctorView(
  home: HomeParts,
  options: HomeOptions & { readonly configFile: ConfigFile },
  running: { config(): Config; server(): NonNullable<HomeFacts['server']> },
) {
  let latest: { readonly at: number; readonly results: ReturnType<typeof examined> } | undefined;
  const examined = async (signal: AbortSignal) => {
    const config = running.config();
    const facts = await homeFacts(home, config, running.server());
    const machine = thisMachine(options.clock);
    const about = { config, home: options.home, configFile: await options.configFile.path(), machine, facts };
    const tidy = (text: string): string =>
      text
        .replaceAll(config.recording.recordings_dir, 'RECORDINGS')
        .replaceAll(options.home, 'HOME')
        .replaceAll(/(?<![\w.])\/(?:home|root|srv|mnt|media|tmp|opt|var\/lib)\/[^\s,;'")]*/g, 'PATH');
    return (await examine(about, signal)).map(({ findings, ...result }) => ({
      ...result,
      findings: findings.map(({ status, why, mend }) => ({
        ...{ status, why: tidy(why) },
        ...(mend === undefined ? {} : { mend: tidy(mend) }),
      })),
    }));
  };
  return {
    examine: (): ReturnType<typeof examined> => {
      const now = options.clock.monotonicMs();
      if (latest === undefined || now - latest.at > freshMs) {
        const results = examined(new AbortController().signal);
        results.catch(() => {
          latest = undefined;
        });
        latest = { at: now, results };
      }
      return latest.results;
    },
  };
}
