/** `sentrix --help` and `sentrix COMMAND --help`, from the table of commands. */
import type { CommandSpec, OptionSpec } from './arguments.ts';
import { globalOptions } from './arguments.ts';

export function programHelp(commands: readonly CommandSpec[]): string {
  const lines = commands.map((command) => [signature(command), command.summary] as const);
  return [
    'SentriX: video surveillance that only its owner can open.',
    '',
    'Usage: sentrix COMMAND [options]',
    '',
    ...columns(lines),
    '',
    'Every command takes:',
    ...columns(optionLines(globalOptions)),
    '',
    'Exit codes: 0 done, 1 it failed, 2 wrong usage or configuration.',
  ].join('\n');
}

export function commandHelp(command: CommandSpec): string {
  const own = optionLines(command.options);
  return [
    `Usage: sentrix ${signature(command)} [options]`,
    '',
    command.summary,
    '',
    ...(own.length === 0 ? [] : ['Options:', ...columns(own), '']),
    'Every command takes:',
    ...columns(optionLines(globalOptions)),
  ].join('\n');
}

function signature(command: CommandSpec): string {
  return [command.name, ...command.positionals].join(' ');
}

function optionLines(options: Readonly<Record<string, OptionSpec>>): (readonly [string, string])[] {
  return Object.entries(options).map(([name, option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `;
    const long = option.negative ? `--[no-]${name}` : `--${name}`;
    return [
      `${short}${long}${option.value === undefined ? '' : ` ${option.value}`}${option.multiple ? ' …' : ''}`,
      option.help,
    ] as const;
  });
}

function columns(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(0, ...lines.map(([left]) => left.length)));
  return lines.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
}
