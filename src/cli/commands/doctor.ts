/**
 * `doctor`: the deployment checklist on this machine. Files are looked at before the home is opened, for opening it mends
 * what it must mend, and only then what the home alone can tell.
 */
import { Problem } from '../../base/problem.ts';
import type { Config } from '../../config/load.ts';
import { configErrorsOf, describeConfigError } from '../../config/problems.ts';
import type { Examined, Finding } from '../../doctor/check.ts';
import { fail, quoted, warn } from '../../doctor/check.ts';
import type { Result } from '../../doctor/doctor.ts';
import { checks, examine, mend, worst } from '../../doctor/doctor.ts';
import type { HomeFacts } from '../../doctor/home-facts.ts';
import { thisMachine } from '../../doctor/machine.ts';
import { findConfig, homeOf } from '../places.ts';
import { atHome } from '../reach.ts';
import type { Command, Context } from './context.ts';
import { done, reachOf } from './context.ts';

/** Which checks look at files that opening the home would mend. */
const first = new Set(['permissions', 'setup-link', 'repository']);
const marks = { pass: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

export const doctor: Command = async (context) => {
  const { options, io } = context;
  const signal = new AbortController().signal;
  const home = homeOf(options, io);
  const reach = reachOf(context);
  const place = await findConfig(options, home, io);
  let config: Config;
  try {
    config = await reach.loadConfig();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return ended(context, [result('configuration', 'Configuration', unreadable(error, place.name))]);
  }
  const machine = thisMachine(io.clock);
  const base = { config, home, configFile: place.path, machine };
  const before = checks.filter(({ id }) => first.has(id));
  const files = await examine({ ...base, facts: undefined }, signal, before);
  const { facts, findings } = await factsOf(context, base);
  const rest = checks.filter(({ id }) => !first.has(id) || id === 'setup-link');
  const others = await examine({ ...base, facts }, signal, rest);
  const results = [
    ...(findings.length === 0 ? [] : [result('home', 'Home', findings)]),
    ...checks.flatMap(({ id }) => others.find((one) => one.id === id) ?? files.find((one) => one.id === id) ?? []),
  ];
  const mended = options['fix'] === true ? await mend(results) : [];
  return ended(context, results, new Set(mended));
};

async function factsOf(
  context: Context,
  { home, machine }: Pick<Examined, 'home' | 'machine'>,
): Promise<{ readonly facts: HomeFacts | undefined; readonly findings: readonly Finding[] }> {
  if ((await machine.facts(home)) === undefined)
    return {
      facts: undefined,
      findings: [warn('there is no home yet, so half of this could not be looked at', 'sentrix start')],
    };
  try {
    return { facts: (await atHome<HomeFacts>(reachOf(context), 'doctor.facts', {})).result, findings: [] };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const mending = error.hint ?? `ls -la ${quoted(home)}`;
    return { facts: undefined, findings: [fail(`the home does not open: ${error.detail}`, mending)] };
  }
}

function unreadable(error: Problem, name: string): Finding[] {
  const faults = configErrorsOf(error);
  if (faults.length === 0) return [fail(error.detail, error.hint ?? `look at ${name}`)];
  return faults.map((fault) => fail(describeConfigError(fault), fault.hint ?? `correct it in ${name}`));
}

function result(id: string, title: string, findings: readonly Finding[]): Result {
  return { id, title, status: worst(findings), findings };
}

function ended({ out }: Context, results: readonly Result[], mended: ReadonlySet<Finding> = new Set()): number {
  const left = results.flatMap(({ findings }) => findings.filter((one) => !mended.has(one)));
  const count = (status: Finding['status']): number => left.filter((one) => one.status === status).length;
  for (const { id, title, findings } of results) {
    for (const one of findings) {
      const { status, why } = one;
      const isMended = mended.has(one);
      out.event('check', {
        ...{ check: id, title, status: isMended ? 'pass' : status, why },
        ...(one.mend === undefined ? {} : { mend: one.mend }),
        ...(one.fix === undefined ? {} : { fixable: true, fixed: isMended }),
      });
      out.text(`${isMended ? 'mended' : `${marks[status]}  `}  ${title}: ${why}`);
      if (one.mend !== undefined && !isMended) out.text(`          → ${one.mend}`);
    }
  }
  const fixable = left.filter(({ fix }) => fix !== undefined).length;
  if (fixable > 0) out.text(`\n${fixable} of these \`sentrix doctor --fix\` mends.`.trimStart());
  const sum = { fail: count('fail'), warn: count('warn'), fixed: mended.size };
  if (sum.fail > 0)
    throw new Problem('doctor/failed', `${sum.fail} to mend, ${sum.warn} to think about`, {
      status: 409,
      hint: 'each line above says what to do',
    });
  out.text(`Nothing has to be mended; ${sum.warn} to think about.`);
  return done(out, sum);
}
