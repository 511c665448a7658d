/**
 * The deployment checklist as a table. Each check is looked at by itself: one that fails to look says so and keeps no
 * other from looking.
 */
import { describeError } from '../base/problem.ts';
import { within } from '../base/wait.ts';
import type { Check, Examined, Finding, Status } from './check.ts';
import { warn } from './check.ts';
import { accounts } from './checks/accounts.ts';
import { alerts } from './checks/alerts.ts';
import { authentication } from './checks/authentication.ts';
import { backup } from './checks/backup.ts';
import { bind } from './checks/bind.ts';
import { cameras } from './checks/cameras.ts';
import { certificate } from './checks/certificate.ts';
import { clock } from './checks/clock.ts';
import { configuration } from './checks/configuration.ts';
import { credentialAge } from './checks/credential-age.ts';
import { disk } from './checks/disk.ts';
import { encryption } from './checks/encryption.ts';
import { firewall } from './checks/firewall.ts';
import { keyPlace } from './checks/key-place.ts';
import { limits } from './checks/limits.ts';
import { origins } from './checks/origins.ts';
import { permissions } from './checks/permissions.ts';
import { programs } from './checks/programs.ts';
import { repository } from './checks/repository.ts';
import { setupLink } from './checks/setup-link.ts';
import { superuser } from './checks/superuser.ts';
import { updates } from './checks/updates.ts';

export const checks: readonly Check[] = [
  configuration,
  bind,
  certificate,
  authentication,
  origins,
  limits,
  accounts,
  credentialAge,
  encryption,
  keyPlace,
  permissions,
  repository,
  setupLink,
  superuser,
  firewall,
  clock,
  disk,
  programs,
  cameras,
  backup,
  alerts,
  updates,
];

export interface Result {
  readonly id: string;
  readonly title: string;
  /** The worst of its findings. */
  readonly status: Status;
  readonly findings: readonly Finding[];
}

/** The sum of what a check may ask the machine, each with a limit of its own. */
const checkLimitMs = 60_000;

/** All checks, in the order of the table. */
export async function examine(
  examined: Examined,
  signal: AbortSignal,
  table: readonly Check[] = checks,
): Promise<readonly Result[]> {
  return await Promise.all(table.map((check) => run(check, examined, signal)));
}

async function run(check: Check, examined: Examined, signal: AbortSignal): Promise<Result> {
  const { id, title } = check;
  try {
    const asked = Promise.resolve(check.run(examined, signal));
    const findings = await within(asked, checkLimitMs, 'doctor/slow', 'the check did not end in time');
    return { id, title, status: worst(findings), findings };
  } catch (error) {
    signal.throwIfAborted();
    const { error: name, detail, message } = describeError(error);
    const why = `this could not be looked at: ${String(detail ?? message ?? name)}`;
    return { id, title, status: 'warn', findings: [warn(why, 'run `sentrix doctor` again; report it if it stays')] };
  }
}

export function worst(findings: readonly Finding[]): Status {
  for (const status of ['fail', 'warn'] as const) if (findings.some((one) => one.status === status)) return status;
  return 'pass';
}

/** Carries out what can be mended safely. @returns the findings that were mended. */
export async function mend(results: readonly Result[]): Promise<readonly Finding[]> {
  const mended: Finding[] = [];
  for (const finding of results.flatMap(({ findings }) => findings)) {
    if (finding.fix === undefined) continue;
    await finding.fix();
    mended.push(finding);
  }
  return mended;
}
