/**
 * How a secret comes in and goes out: the first line of stdin, or a prompt without echo; out only to a terminal. Never
 * by an argument, which every user of the machine can read.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Problem } from '../base/problem.ts';
import { Secret } from '../base/secret.ts';
import type { Io } from './io.ts';

const maxBytes = 4096;

/**
 * @param fromStdin `--password-stdin` was given.
 * @param confirm ask a second time at the prompt.
 * @throws Problem `cli/no-password`
 */
export async function askPassword(
  io: Io,
  options: { readonly fromStdin: boolean; readonly prompt: string; readonly confirm: boolean },
): Promise<Secret> {
  if (options.fromStdin) return (await passwordLines(io, 1))[0]!;
  if (io.stdin.isTTY !== true || io.stdin.setRawMode === undefined)
    throw new Problem('cli/no-password', 'there is no terminal to ask for the password', {
      status: 400,
      hint: 'give it on stdin with --password-stdin',
    });
  const first = await promptHidden(io, `${options.prompt}: `);
  if (options.confirm && (await promptHidden(io, 'The same again: ')).reveal() !== first.reveal())
    throw new Problem('cli/no-password', 'the two were not the same', { status: 400, hint: 'try again' });
  if (first.reveal() === '') throw new Problem('cli/no-password', 'the password is empty', { status: 400 });
  return first;
}

/** The first `count` lines of stdin, of which none may be empty. @throws Problem `cli/no-password` */
export async function passwordLines(io: Io, count: number): Promise<readonly Secret[]> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of io.stdin) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    chunks.push(bytes);
    size += bytes.length;
    if (size > count * maxBytes || Buffer.concat(chunks).toString('latin1').split('\n').length > count) break;
  }
  const refuse = (detail: string): Problem =>
    new Problem('cli/no-password', detail, { status: 400, hint: 'give the password as the first line of stdin' });
  let all = Buffer.concat(chunks);
  const lines: Secret[] = [];
  while (lines.length < count) {
    const end = all.indexOf(0x0a);
    const line = end === -1 ? all : all.subarray(0, end);
    all = end === -1 ? Buffer.alloc(0) : all.subarray(end + 1);
    if (line.length > maxBytes) throw refuse('the password on stdin is too long');
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line).replace(/\r$/, '');
    } catch {
      throw refuse('the password on stdin is no UTF-8');
    }
    if (text === '') throw refuse(lines.length === 0 ? 'there is no password on stdin' : 'a line on stdin is missing');
    lines.push(new Secret(text));
  }
  return lines;
}

/** Reads keys in raw mode: nothing is echoed; Ctrl-C and Ctrl-D give up. */
function promptHidden(io: Io, prompt: string): Promise<Secret> {
  const { stdin, stderr } = io;
  stderr.write(prompt);
  stdin.setRawMode!(true);
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const finish = (): void => {
      stdin.off('data', onData);
      stdin.setRawMode!(false);
      stdin.pause();
      stderr.write('\n');
    };
    const onData = (chunk: Buffer | string): void => {
      for (const key of String(chunk)) {
        if (key === '\r' || key === '\n') {
          finish();
          resolve(new Secret(typed.join('')));
          return;
        }
        if (key === '\u0003' || key === '\u0004') {
          finish();
          reject(new Problem('cli/no-password', 'given up', { status: 400 }));
          return;
        }
        if (key === '\u007f' || key === '\b') typed.pop();
        else if (key === '\u0015') typed = [];
        else if (key >= ' ' && typed.length < maxBytes) typed.push(key);
      }
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}

/**
 * A place where a generated secret may be shown: stdout if it is a terminal, else the controlling terminal.
 * Asked for before anything is generated.
 * @throws Problem `cli/no-terminal`
 */
export async function openTerminal(io: Io): Promise<{ show(line: string): Promise<void> } & AsyncDisposable> {
  if (io.stdout.isTTY === true)
    return {
      show: async (line) => {
        io.stdout.write(`${line}\n`);
      },
      [Symbol.asyncDispose]: async () => {},
    };
  try {
    const terminal = await open('/dev/tty', constants.O_WRONLY | constants.O_NOCTTY);
    return {
      show: async (line) => {
        await terminal.write(`${line}\n`);
      },
      [Symbol.asyncDispose]: () => terminal.close(),
    };
  } catch (error) {
    throw new Problem('cli/no-terminal', 'a generated password is shown on a terminal only, and there is none', {
      status: 400,
      hint: 'run this on a terminal, or give a password with --password-stdin',
      cause: error,
    });
  }
}
