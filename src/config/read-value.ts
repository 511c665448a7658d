/**
 * A YAML tree against the schema: values out, faults collected, each with its place. Walks the tree that the parser made
 * and takes only what the schema names, so no key of the file (`__proto__`, say) ever becomes a property of an object
 * unless it is a known one. An empty value (`port:`) counts as left out.
 */
import type { Node, Pair } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import { masked } from '../base/secret.ts';
import type { FormatContext } from './formats.ts';
import { applyFormat } from './formats.ts';
import { nearest } from './nearest.ts';
import type { SchemaNode } from './schema.ts';

export interface Fault {
  /** UTF-16 offset into the file; `undefined` where the value is no part of one. */
  readonly offset: number | undefined;
  readonly key: string;
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

export interface Reading {
  readonly context: FormatContext;
  fault(fault: Fault): void;
  /** A key that nothing stands behind yet was given. */
  notice(key: string, offset: number | undefined): void;
  /** Every known key by its full name, for "did you mean". */
  readonly knownKeys: readonly string[];
}

/** Marks a value that had a fault; its fault is told already. */
export const faulty: unique symbol = Symbol('faulty');

export function readValue(node: Node | null | undefined, schema: SchemaNode, key: string, reading: Reading): unknown {
  if (isAbsent(node)) return defaultOf(schema, key, reading);
  const choice = choose(node, schema);
  switch (choice.type) {
    case 'object':
      return readObject(node, choice, key, reading);
    case 'array':
      return readArray(node, choice, key, reading);
    default:
      return readScalar(node, choice, schema, key, reading);
  }
}

/** The default as a value of its own, with the defaults inside it. Nothing for a key that has none. */
export function defaultOf(schema: SchemaNode, key: string, reading: Reading): unknown {
  if (schema.type === 'object' && schema.default !== undefined) return readProperties(new Map(), schema, key, reading);
  const value = schema.default;
  if (typeof value === 'string' && value !== '' && schema.format === 'path') return formatted(value, schema, reading);
  return Array.isArray(value) ? [...value] : value;
}

function isAbsent(node: Node | null | undefined): node is null | undefined {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** Of alternatives, the one whose kind the value has; null is an empty value and handled before. */
function choose(node: Node, schema: SchemaNode): SchemaNode {
  if (schema.anyOf === undefined) return schema;
  const wanted = isMap(node) ? 'object' : isSeq(node) ? 'array' : 'scalar';
  const options = schema.anyOf.filter((option) => option.type !== 'null');
  return options.find((option) => kindOf(option) === wanted) ?? options[0]!;
}

function kindOf(schema: SchemaNode): string {
  return schema.type === 'object' || schema.type === 'array' ? schema.type : 'scalar';
}

function readObject(node: Node, schema: SchemaNode, key: string, reading: Reading): unknown {
  if (!isMap(node)) return refuse(node, key, 'keys and values', reading);
  const known = new Map<string, Node | null>();
  for (const pair of node.items) {
    const name = nameOf(pair);
    const place = pair.key as Node;
    const full = key === '' ? (name ?? '') : `${key}.${name ?? ''}`;
    if (name === undefined) {
      reading.fault({
        offset: offsetOf(place) ?? offsetOf(node),
        key,
        found: 'a key that is no word',
        allowed: 'the names of settings',
      });
    } else if (!Object.hasOwn(schema.properties!, name)) {
      reading.fault(unknownKey(name, full, place, schema, key, reading));
    } else if (known.has(name)) {
      reading.fault({ offset: offsetOf(place), key: full, found: 'the key a second time', allowed: 'each key once' });
    } else known.set(name, pair.value as Node | null);
  }
  return readProperties(known, schema, key, reading, offsetOf(node));
}

function readProperties(
  given: ReadonlyMap<string, Node | null>,
  schema: SchemaNode,
  key: string,
  reading: Reading,
  offset?: number,
): unknown {
  const values: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties!)) {
    const node = given.get(name);
    const full = key === '' ? name : `${key}.${name}`;
    if (isAbsent(node)) {
      if (schema.override) continue;
      const value = defaultOf(property, full, reading);
      if (value !== undefined) values[name] = value;
      else if (schema.required?.includes(name))
        reading.fault({ offset, key: full, found: 'nothing', allowed: property.description ?? 'a value' });
      continue;
    }
    const inner = schema.override && property.type === 'object' ? { ...property, override: true } : property;
    const value = readValue(node, inner, full, reading);
    if (value === faulty) continue;
    values[name] = value;
    if (property.later !== undefined && JSON.stringify(value) !== JSON.stringify(defaultOf(property, full, reading)))
      tooEarly(node, property, full, reading);
  }
  return values;
}

function tooEarly(node: Node, schema: SchemaNode, key: string, reading: Reading): void {
  if (schema.later === 'notice') reading.notice(key, offsetOf(node));
  else
    reading.fault({
      offset: offsetOf(node),
      key,
      found: 'a setting that this version does not have yet',
      allowed: 'leaving it out',
    });
}

function readArray(node: Node, schema: SchemaNode, key: string, reading: Reading): unknown {
  if (!isSeq(node)) return refuse(node, key, 'a list', reading);
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (node.items.length < minItems || node.items.length > maxItems)
    return refuse(
      node,
      key,
      minItems === maxItems ? `exactly ${minItems} entries` : `${minItems} to ${maxItems} entries`,
      reading,
    );
  const values: unknown[] = [];
  for (const [index, item] of node.items.entries()) {
    const full = `${key}[${index}]`;
    const entry = item as Node | null;
    // Left out means its default, and an entry has none.
    const value = isAbsent(entry)
      ? refuse(entry ?? node, full, allowedOf(schema.items!), reading)
      : readValue(entry, schema.items!, full, reading);
    values.push(value);
  }
  return values;
}

function readScalar(node: Node, schema: SchemaNode, outer: SchemaNode, key: string, reading: Reading): unknown {
  const value: unknown = isScalar(node) ? node.value : undefined;
  if (!fits(value, schema)) return refuse(node, key, allowedOf(outer), reading);
  if (
    typeof value !== 'string' ||
    schema.format === undefined ||
    (value === '' && schema.minLength === undefined && schema.default === '')
  )
    return value;
  const result = applyFormat(schema.format, value, reading.context);
  if ('value' in result) return result.value;
  reading.fault({
    offset: offsetOf(node),
    key,
    found: shown(node),
    allowed: result.allowed,
    ...(result.hint === undefined ? {} : { hint: result.hint }),
  });
  return faulty;
}

function formatted(text: string, schema: SchemaNode, reading: Reading): string {
  const result = applyFormat(schema.format!, text, reading.context);
  return 'value' in result ? result.value : text;
}

function fits(value: unknown, schema: SchemaNode): boolean {
  if (schema.enum !== undefined) return typeof value === 'string' && schema.enum.includes(value);
  if (schema.type === 'boolean') return typeof value === 'boolean';
  if (schema.type === 'string')
    return (
      typeof value === 'string' && value.length >= (schema.minLength ?? 0) && value.length <= (schema.maxLength ?? 4096)
    );
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  if (schema.type === 'integer' && !Number.isInteger(value)) return false;
  return value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
}

/** What a key takes, in words; also for the reference. */
export function allowedOf(schema: SchemaNode): string {
  if (schema.anyOf !== undefined) {
    const options = schema.anyOf.filter((option) => option.type !== 'null').map(allowedOf);
    return schema.anyOf.some((option) => option.type === 'null')
      ? `${options.join(' or ')}, or nothing`
      : options.join(', or ');
  }
  if (schema.enum !== undefined) return schema.enum.join(', ');
  const between = (unit: string): string => {
    const { minimum, maximum } = schema;
    if (minimum === undefined || maximum === undefined) return unit;
    return `${unit} from ${minimum} to ${maximum}`;
  };
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return between('a whole number');
    case 'number':
      return between('a number');
    case 'array':
      return 'a list';
    case 'object':
      return 'keys and values';
    default:
      if (schema.maxLength !== undefined) return `text of at most ${schema.maxLength} characters`;
      return schema.minLength === undefined ? 'text' : 'text that is not empty';
  }
}

function unknownKey(
  name: string,
  full: string,
  place: Node,
  schema: SchemaNode,
  parent: string,
  reading: Reading,
): Fault {
  const siblings = Object.keys(schema.properties!);
  const slip = nearest(name, siblings);
  const elsewhere = reading.knownKeys.find((known) => known.split('.').at(-1) === name);
  const prefix = parent === '' ? '' : `${parent}.`;
  const meant =
    elsewhere !== undefined && slip === undefined ? elsewhere : slip === undefined ? undefined : `${prefix}${slip}`;
  return {
    offset: offsetOf(place),
    key: cut(full),
    found: 'an unknown key',
    allowed: siblings.join(', '),
    ...(meant === undefined ? {} : { hint: `did you mean ${meant}?` }),
  };
}

function refuse(node: Node, key: string, allowed: string, reading: Reading): typeof faulty {
  reading.fault({ offset: offsetOf(node), key, found: shown(node), allowed });
  return faulty;
}

function nameOf(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  const { value } = pair.key;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

function offsetOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0];
}

/** A value as an error may print it. */
function shown(node: Node): string {
  if (isMap(node)) return 'keys and values';
  if (isSeq(node)) return `a list of ${node.items.length}`;
  if (!isScalar(node)) return 'something else';
  const { value } = node;
  if (typeof value !== 'string') return value === null ? 'nothing' : String(value);
  return JSON.stringify(cut(/[/:@=]/.test(value) ? withoutSecrets(value) : value));
}

function withoutSecrets(text: string): string {
  return masked(text).replace(/((?:pass\w*|pwd|secret|token)=)[^&;_/]*/gi, '$1***');
}

function cut(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an error must not carry them to a terminal
  const plain = text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
  return plain.length <= 120 ? plain : `${plain.slice(0, 117)}...`;
}
