/**
 * What people and programs read. stdout carries answers: text, or with `--json` one object a line, each with `event`,
 * the last being `done` or `error`. stderr carries `sentrix: error: …` and `sentrix: hint: …`. Control characters from
 * outside never reach a terminal.
 */
import type { Writable } from 'node:stream';
import { describeError, Problem } from '../base/problem.ts';
import { configErrorsOf, describeConfigError } from '../config/problems.ts';

export class Output {
  readonly json: boolean;
  readonly #stdout: Writable;
  readonly #stderr: Writable;

  constructor(streams: { readonly stdout: Writable; readonly stderr: Writable }, json: boolean) {
    this.#stdout = streams.stdout;
    this.#stderr = streams.stderr;
    this.json = json;
  }

  /** One line for people; programs don't get it. */
  text(line: string): void {
    if (!this.json) this.#stdout.write(`${printable(line)}\n`);
  }

  /** One line for programs; people don't get it. */
  event(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.json) this.#stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  }

  /** Columns padded to their widest cell. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const all = [head, ...rows].map((row) => row.map(printable));
    const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
    for (const row of all)
      this.text(
        row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd(),
      );
  }

  note(line: string): void {
    this.#stderr.write(`sentrix: note: ${printable(line)}\n`);
  }

  /** Every fault of a configuration has its own line. */
  error(error: unknown): void {
    const faults = configErrorsOf(error);
    const { code, detail, hint } = sayable(error);
    this.event('error', {
      code,
      detail,
      ...(hint === undefined ? {} : { hint }),
      ...(faults.length === 0 ? {} : { errors: faults }),
    });
    for (const fault of faults) {
      this.#complain('error', describeConfigError(fault));
      if (fault.hint !== undefined) this.#complain('hint', fault.hint);
    }
    if (faults.length > 0) return;
    this.#complain('error', detail);
    if (hint !== undefined) this.#complain('hint', hint);
  }

  #complain(kind: 'error' | 'hint', line: string): void {
    this.#stderr.write(`sentrix: ${kind}: ${printable(line)}\n`);
  }
}

function sayable(error: unknown): { readonly code: string; readonly detail: string; readonly hint?: string } {
  if (error instanceof Problem) {
    const { code, detail, hint, safe } = error;
    const path = typeof safe['path'] === 'string' ? ` (${safe['path']})` : '';
    return { code, detail: `${detail}${path}`, ...(hint === undefined ? {} : { hint }) };
  }
  const described = describeError(error);
  const errno = described['errno'];
  if (errno === 'EADDRINUSE')
    return {
      code: 'cli/address-in-use',
      detail: 'another program listens on one of the ports already',
      hint: 'stop it, or change the ports in the configuration',
    };
  if (errno === 'EACCES' || errno === 'EPERM')
    return {
      code: 'cli/permission',
      detail: `not permitted: ${String(described['message'])}`,
      hint: 'check owner and permissions',
    };
  return {
    code: 'cli/bug',
    detail: `unexpected: ${String(described['error'])}: ${String(described['message'] ?? '')}`,
    hint: 'this is a fault of ours; please report it',
  };
}

export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g, '\ufffd');
}
