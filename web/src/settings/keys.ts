/** The configuration's own schema as the settings page needs it: one entry a key, with what it takes and what it means. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly later?: string;
  readonly override?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

export type Kind =
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'number'; readonly minimum?: number; readonly maximum?: number; readonly whole: boolean }
  | { readonly kind: 'text' }
  /** One a line. */
  | { readonly kind: 'list' }
  /** Too deep for a line of a form: it is shown, and changed in the file. */
  | { readonly kind: 'deep' };

export interface SettingKey {
  /** Dotted, below its section's name. */
  readonly key: string;
  readonly section: string;
  readonly meaning: string;
  readonly unit: string | null;
  readonly takes: Kind;
  /** May be left empty. */
  readonly optional: boolean;
  /** Nothing stands behind it yet. */
  readonly later: boolean;
  readonly fallback: unknown;
}

/** Every key but those of cameras, in the file's order. */
export function settingKeys(root: SchemaNode): SettingKey[] {
  return Object.entries(root.properties ?? {}).flatMap(([name, node]) =>
    name === 'cameras' ? [] : keysBelow(node, name, name),
  );
}

function keysBelow(node: SchemaNode, key: string, section: string): SettingKey[] {
  if (node.type === 'object' && node.properties !== undefined)
    return Object.entries(node.properties).flatMap(([name, inner]) => keysBelow(inner, `${key}.${name}`, section));
  return [
    {
      ...{ key, section, meaning: node.description ?? '', unit: node.unit ?? null },
      takes: kindOf(node),
      optional: (node.anyOf ?? []).some(({ type }) => type === 'null') || node.default === '',
      later: node.later !== undefined,
      fallback: node.default,
    },
  ];
}

export function kindOf(node: SchemaNode): Kind {
  if (node.anyOf !== undefined) {
    const [only, ...more] = node.anyOf.filter(({ type }) => type !== 'null');
    return only === undefined || more.length > 0 ? { kind: 'deep' } : kindOf(only);
  }
  if (node.enum !== undefined) return { kind: 'choice', options: node.enum };
  switch (node.type) {
    case 'boolean':
      return { kind: 'flag' };
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        whole: node.type === 'integer',
        ...(node.minimum === undefined ? {} : { minimum: node.minimum }),
        ...(node.maximum === undefined ? {} : { maximum: node.maximum }),
      };
    case 'array': {
      const { items } = node;
      return items?.type === 'string' || items?.enum !== undefined ? { kind: 'list' } : { kind: 'deep' };
    }
    default:
      return { kind: 'text' };
  }
}

/** The value at a dotted key. */
export function valueAt(values: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((value, name) => {
    const has = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return has ? (value as Record<string, unknown>)[name] : undefined;
  }, values);
}

/** `pre_buffer_seconds` is read as "Pre buffer seconds"; where a key stands is said by its parents. */
export function titleOf(key: string): string {
  const words = key
    .split('.')
    .map((part) => part.replaceAll('_', ' '))
    .join(' · ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** As a field of a form shows it. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join('\n');
  return String(value);
}

/** What a field's text means; `undefined` where it means nothing that the key could take. */
export function fromText(text: string, takes: Kind, optional: boolean): unknown {
  const trimmed = text.trim();
  switch (takes.kind) {
    case 'number': {
      if (trimmed === '') return optional ? null : undefined;
      const number = Number(trimmed.replace(',', '.'));
      return Number.isFinite(number) ? number : undefined;
    }
    case 'list':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    case 'choice':
      return trimmed === '' ? null : trimmed;
    case 'text':
      return trimmed === '' && optional ? null : trimmed;
    default:
      return undefined;
  }
}
