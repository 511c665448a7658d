/**
 * The owner's sheet: what to print and put into a drawer. It holds the identity and the words by which the `age` tool
 * alone gets a recording back; a test does what they say.
 */

import { renderSVG } from 'uqr';

export interface KeySheet {
  /** `AGE-SECRET-KEY-1…` */
  readonly identity: string;
  /** `age1…` */
  readonly recipient: string;
  /** UTC milliseconds. */
  readonly madeAt: number;
}

/** The commands, for a POSIX shell; the lines before the empty one are the reader's to fill in. */
export const recoveryCommands = `RECORDINGS=/path/to/recordings
DAY=2026-11-24
CLIP=front-door/2026/11/24/101112-7.mp4.age

cd "$RECORDINGS"
for key in keys/$DAY-*.key.age; do age -d -i ~/owner.key "$key"; done > ~/day.key
age -d -i ~/day.key -o ~/clip.mp4 "$CLIP"
rm ~/day.key`;

export function sheetText(sheet: KeySheet): string {
  return `SENTRIX: KEY OF THE OWNER
${new Date(sheet.madeAt).toISOString().slice(0, 10)}

Whoever has this key can open every recording. Without it, and without the
passphrase of the machine, nobody can: not we, and not a court.
Keep this paper where you keep your papers. Do not photograph it.

  ${sheet.identity}

It belongs to
  ${sheet.recipient}

ON A NEW MACHINE
  sentrix recover --recordings DIRECTORY
and type the key when it is asked for. The recordings directory is enough.

WITHOUT SENTRIX, WITH THE TOOL "AGE" (https://age-encryption.org)
Write the key, as one line, into the file owner.key in your home directory.
Days are UTC. Every clip lies under camera/year/month/day.

${indented(recoveryCommands)}

A message about one of several keys of a day does not matter: another fits.
A clip that a power cut has torn ends with an error: what was written plays.
Its last half second lies beside it in a file .tail.age, which
"sentrix recording decrypt --torn" joins to it.
`;
}

export function sheetHtml(sheet: KeySheet): string {
  const text = sheetText(sheet).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  // In capitals and digits alone, the key takes QR's alphanumeric mode; level Q stands a crease in the paper
  const qr = renderSVG(sheet.identity, { ecc: 'Q', border: 4 });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>Key of the owner</title>
<style>
  body { font: 11pt/1.4 ui-monospace, monospace; margin: 2cm; color: #000; background: #fff }
  pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere }
  figure { margin: 0; width: 5cm; break-inside: avoid }
</style>
<pre>${text}</pre>
<p>The key once more, for a camera:</p>
<figure>${qr}</figure>
</html>
`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}
