/**
 * `docs/problems.md`, made from the sources: each code that may stand in an answer or a log line, what it says and what it
 * advises. Where a text is put together at run time, its variable parts are shown as `…`.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DocumentedProblem {
  readonly code: string;
  readonly detail: string;
  readonly hint: string | undefined;
}

const string = String.raw`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\x60(?:[^\x60\\]|\\.)*\x60`;
/** A code and the text behind it: arguments of a call, or a line of a table. */
const pattern = new RegExp(
  String.raw`'([a-z][a-z-]*/[a-z][a-z0-9-]*)'\s*[,:]\s*(?:[^'"\x60,;{}]*\?\s*)?(${string})`,
  'g',
);
const hintPattern = new RegExp(String.raw`\bhint:\s*(${string})`);
/** Where a code is a subject of ours; a pair of words elsewhere (`video/mp4`) is none. */
const subjects = readdirNames();

export function documentedProblems(root: string): readonly DocumentedProblem[] {
  const found = new Map<string, DocumentedProblem>();
  for (const file of globSync('src/**/*.ts', { cwd: root }).toSorted()) {
    if (/\.test\.ts$|\/testing\/|\/support\//.test(file)) continue;
    const text = readFileSync(join(root, file), 'utf8');
    if (!/[pP]roblem/.test(text)) continue;
    const matches = [...text.matchAll(pattern)].filter((match) => subjects.has(match[1]!.split('/')[0]!));
    for (const [index, match] of matches.entries()) {
      const [, code = '', literal = ''] = match;
      const detail = plain(literal);
      if (found.has(code) || !/\s/.test(detail)) continue;
      const rest = text.slice(
        match.index + match[0].length,
        Math.min(matches[index + 1]?.index ?? text.length, match.index + 700),
      );
      // Not beyond the call that this is.
      const own = rest.split(/\n(?:export )?(?:async )?function |\n}\n/)[0]!;
      const hint = hintPattern.exec(own)?.[1];
      found.set(code, { code, detail, hint: hint === undefined ? undefined : plain(hint) });
    }
  }
  return [...found.values()].toSorted((one, other) => one.code.localeCompare(other.code));
}

export function problemsPage(root: string): string {
  const rows = documentedProblems(root).map(
    ({ code, detail, hint }) => `| \`${code}\` | ${cell(detail)} | ${hint === undefined ? '' : cell(hint)} |`,
  );
  return `# Problems

Each failure that is expected has a code that stays. The API answers \`{"detail", "code"}\`; commands print \`sentrix: error: …\` and,
where something can be done, \`sentrix: hint: …\` (with \`--json\`: the code too). \`…\` stands for what differs from case to case.
This page is made from the sources (\`node tools/reference.ts\`).

| code | says | what to do |
|---|---|---|
${rows.join('\n')}
`;
}

function plain(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\$\{[^}]*\}/g, '…')
    .replace(/\\(['"`\\])/g, '$1');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ');
}

function readdirNames(): ReadonlySet<string> {
  return new Set(
    'access alert alerts annotation audit backup camera cameras catalog cli config control credentials decoder detection doctor event http live recording rtp rtsp storage stream tls vault'.split(
      ' ',
    ),
  );
}
