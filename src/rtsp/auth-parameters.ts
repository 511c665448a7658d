/**
 * `scheme name=value, name="quoted, value"` as in WWW-Authenticate and Authorization (RFC 9110 §11.2, RFC 7616 §3), read
 * in one pass. The content of a quoted string is kept as it stands between the quotes, escapes included: Digest hashes
 * it and echoes it, and must change nothing.
 */

export interface AuthItem {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case; the first of each name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const mostItems = 16;
const mostParameters = 32;
/** Token characters of RFC 9110 and what base64 adds. */
const word = /[!#$%&'*+.^_`|~0-9A-Za-z/-]+=*/y;
const gap = /[\s,]*/y;
const assignment = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/sy;

/** All challenges of a field. What can't be read ends the reading; what was read before stands. */
export function parseAuthItems(value: string): AuthItem[] {
  const items: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(value);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (items.length <= mostItems) {
    match(gap);
    if (at >= value.length) break;
    const current = items.at(-1);
    const parameter = current === undefined ? null : match(assignment);
    if (parameter !== null) {
      const name = parameter[1]!.toLowerCase();
      if (current!.parameters.size >= mostParameters) break;
      if (!current!.parameters.has(name)) current!.parameters.set(name, parameter[2] ?? parameter[3] ?? '');
      continue;
    }
    const scheme = match(word);
    if (scheme === null) break;
    items.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
  }
  return items;
}
