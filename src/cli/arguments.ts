/** `sentrix WORDS… --options` → which command, with which values. Knows the grammar; what a command means is not its business. */
import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest.ts';
import { usage } from './problems.ts';

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly short?: string;
  /** What stands for the value in the help: `FILE`. */
  readonly value?: string;
  readonly help: string;
  /** A boolean that also has `--no-…`. */
  readonly negative?: boolean;
}

export interface CommandSpec {
  /** One or two words, such as `user add`. */
  readonly name: string;
  /** Names of positional arguments; one in brackets may be left out. */
  readonly positionals: readonly string[];
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface ParsedCommand<Spec extends CommandSpec> {
  readonly spec: Spec;
  readonly positionals: readonly string[];
  readonly options: OptionValues;
}

export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    help: 'configuration file (default: ./surveillance.yml, $SENTRIX_CONFIG, HOME/surveillance.yml)',
  },
  home: { type: 'string', value: 'DIR', help: 'state of the system (default: $SENTRIX_HOME, ~/.local/share/sentrix)' },
  json: { type: 'boolean', help: 'one JSON object a line, for programs' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
};

/** @throws Problem `cli/usage` */
export function parseCommand<Spec extends CommandSpec>(
  argv: readonly string[],
  commands: readonly Spec[],
): ParsedCommand<Spec> {
  const { spec, rest } = findCommand(argv, commands);
  const { values, positionals } = parsed(spec, rest);
  const least = spec.positionals.filter((name) => !name.startsWith('[')).length;
  if (values['help'] !== true) {
    if (positionals.length < least)
      throw usage(`${spec.name} needs ${spec.positionals[positionals.length]!}`, `see sentrix ${spec.name} --help`);
    if (positionals.length > spec.positionals.length)
      throw usage(
        `${spec.name} does not take "${positionals[spec.positionals.length]!}"`,
        `see sentrix ${spec.name} --help`,
      );
  }
  return { spec, positionals, options: values };
}

function findCommand<Spec extends CommandSpec>(
  argv: readonly string[],
  commands: readonly Spec[],
): { readonly spec: Spec; readonly rest: readonly string[] } {
  const words = argv.slice(0, 3);
  for (const count of [3, 2, 1]) {
    const name = words.slice(0, count).join(' ');
    const spec = words.length >= count ? commands.find((command) => command.name === name) : undefined;
    if (spec !== undefined) return { spec, rest: argv.slice(count) };
  }
  const [first = '', second] = argv;
  const family = commands.filter((command) => command.name.startsWith(`${first} `));
  if (family.length > 0) {
    const names = family.map((command) => command.name.slice(first.length + 1));
    const meant = second === undefined || second.startsWith('-') ? undefined : nearest(second, names);
    const detail =
      meant === undefined && (second === undefined || second.startsWith('-'))
        ? `${first} what?`
        : `there is no command "${first} ${second}"`;
    throw usage(
      detail,
      meant === undefined
        ? `one of: ${names.map((name) => `${first} ${name}`).join(', ')}`
        : `did you mean sentrix ${first} ${meant}?`,
    );
  }
  if (first.startsWith('-')) throw usage(`the command comes before ${first}`, 'see sentrix --help');
  const meant = nearest(first, new Set(commands.map((command) => command.name.split(' ')[0]!)));
  throw usage(
    `there is no command "${first}"`,
    meant === undefined ? 'see sentrix --help' : `did you mean sentrix ${meant}?`,
  );
}

function parsed(
  spec: CommandSpec,
  argv: readonly string[],
): { readonly values: OptionValues; readonly positionals: readonly string[] } {
  const specs = { ...globalOptions, ...spec.options };
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, multiple, short }] of Object.entries(specs))
    options[name] = {
      type,
      ...(multiple === undefined ? {} : { multiple }),
      ...(short === undefined ? {} : { short }),
    };
  try {
    const result = parseArgs({
      args: [...argv],
      options,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
      tokens: true,
    });
    for (const token of result.tokens) {
      if (token.kind === 'option' && token.rawName.startsWith('--no-') && specs[token.name]?.negative !== true)
        throw usage(`there is no option ${token.rawName}`);
    }
    return { values: result.values as OptionValues, positionals: result.positionals };
  } catch (error) {
    throw explained(error, argv, specs, spec.name);
  }
}

/** node's own texts speak to programmers. */
function explained(
  error: unknown,
  argv: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
  command: string,
): unknown {
  const code = (error as { code?: unknown }).code;
  const see = `see sentrix ${command} --help`;
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const quoted =
      /'(--?[^'\s=]+)/.exec((error as Error).message)?.[1] ?? argv.find((word) => word.startsWith('-')) ?? '';
    const meant = nearest(
      quoted.replace(/^-+/, ''),
      Object.keys(specs).flatMap((name) => (specs[name]!.negative ? [name, `no-${name}`] : [name])),
    );
    return usage(`${command} has no option ${quoted}`, meant === undefined ? see : `did you mean --${meant}?`);
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    const name = /'(?:-\w, )?--([\w-]+)/.exec((error as Error).message)?.[1] ?? '';
    return usage(specs[name]?.type === 'boolean' ? `--${name} takes no value` : `--${name} needs a value`, see);
  }
  return error;
}
