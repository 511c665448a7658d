/**
 * As much XML as devices' answers need: elements, attributes, text. No document type, so no entity of anybody's own can grow
 * or lead anywhere; bounds for size, depth and number; linear time. Namespaces are dropped: each vendor has his own prefixes,
 * and nothing here hangs on telling two names apart by them.
 */

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** Names without prefixes. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, trimmed. */
  readonly text: string;
}

const maxCharacters = 512 * 1024;
const maxElements = 20_000;
const maxDepth = 64;

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** The root element; undefined for what isn't well-formed as far as it is read. Never throws. */
export function tryParseXml(source: string): XmlElement | undefined {
  if (source.length > maxCharacters) return undefined;
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open: Open[] = [root];
  let elements = 0;
  let at = 0;
  while (at < source.length) {
    const start = source.indexOf('<', at);
    const top = open.at(-1)!;
    if (start !== at) {
      const text = unescaped(source.slice(at, start < 0 ? source.length : start));
      if (text === undefined) return undefined;
      top.text += text;
    }
    if (start < 0) break;
    if (source.startsWith('<!--', start)) {
      const end = source.indexOf('-->', start + 4);
      if (end < 0) return undefined;
      at = end + 3;
      continue;
    }
    if (source.startsWith('<![CDATA[', start)) {
      const end = source.indexOf(']]>', start + 9);
      if (end < 0) return undefined;
      top.text += source.slice(start + 9, end);
      at = end + 3;
      continue;
    }
    const end = endOfTag(source, start);
    if (end < 0) return undefined;
    at = end + 1;
    if (source[start + 1] === '?') continue;
    if (source[start + 1] === '!') return undefined;
    if (source[start + 1] === '/') {
      const closing = local(source.slice(start + 2, end).trim());
      if (open.length === 1 || closing !== top.name) return undefined;
      open.pop();
      close(top, open.at(-1)!);
      continue;
    }
    const isEmpty = source[end - 1] === '/';
    const tag = tryTag(source.slice(start + 1, isEmpty ? end - 1 : end));
    if (tag === undefined || ++elements > maxElements || open.length > maxDepth) return undefined;
    if (isEmpty) close(tag, top);
    else open.push(tag);
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0] : undefined;
}

/** All elements of that name below `element`, in order. */
export function elementsOf(element: XmlElement | undefined, name: string): XmlElement[] {
  if (element === undefined) return [];
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...elementsOf(child, name)]);
}

/** The text at the end of this path of names, each the first one somewhere below the one before. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  let found = element;
  for (const name of path) found = elementsOf(found, name)[0];
  return found?.text;
}

/** For text in an element or an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"'\r\n\t]|[^\x20-\uffff]/gu, (character) => `&#${character.codePointAt(0)};`);
}

function close(element: Open, parent: Open): void {
  const { name, attributes, children, text } = element;
  parent.children.push({ name, attributes, children, text: text.trim() });
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The `>` that ends the tag at `start`; those in quotes don't. */
function endOfTag(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    const character = source[at];
    if (character === '>') return at;
    if (character === '"' || character === "'") {
      at = source.indexOf(character, at + 1);
      if (at < 0) return -1;
    }
  }
  return -1;
}

function tryTag(text: string): Open | undefined {
  const name = /^[^\s/<>"'=&]+/.exec(text)?.[0];
  if (name === undefined) return undefined;
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  const attribute = /\s+([^\s/<>"'=&]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
  attribute.lastIndex = name.length;
  let last = name.length;
  for (let match = attribute.exec(text); match !== null; match = attribute.exec(text)) {
    const value = unescaped(match[2] ?? match[3] ?? '');
    if (value === undefined) return undefined;
    attributes[local(match[1]!)] = value;
    last = attribute.lastIndex;
  }
  return text.slice(last).trim() === '' ? { name: local(name), attributes, children: [], text: '' } : undefined;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let isGood = true;
  const plain = text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));|&/gi, (_, decimal, hex, name) => {
    const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined;
    const character =
      code === undefined ? entities[name as string] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    if (character === undefined) isGood = false;
    return character ?? '';
  });
  return isGood ? plain : undefined;
}
