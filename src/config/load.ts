/** `surveillance.yml` and command line options in, one frozen `Config` out, or every fault at once. */
import type { Node } from 'yaml';
import { Document, isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import type { CameraConfig } from './cameras.ts';
import { workOutCameras } from './cameras.ts';
import { crossFaults } from './cross-checks.ts';
import type { FormatContext } from './formats.ts';
import { findHostile } from './hostile.ts';
import type { ConfigError } from './problems.ts';
import { invalidConfig } from './problems.ts';
import type { Fault, Reading } from './read-value.ts';
import { faulty, readValue } from './read-value.ts';
import type { FileConfig, SchemaNode } from './schema.ts';
import { rootSchema } from './schema.ts';

type Frozen<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer U)[]
    ? readonly Frozen<U>[]
    : { readonly [K in keyof T]: Frozen<T[K]> };

/** Keys as the file has them (snake_case), so that a search for one finds its reader. */
export type Config = Frozen<
  Omit<FileConfig, 'cameras'> & {
    cameras: CameraConfig[];
    /** Keys that were given and that nothing stands behind yet, such as `redis`. */
    notices: string[];
  }
>;

/** One option of the command line that stands above the file. */
export interface Override {
  /** Dotted, such as `network.bind`. */
  readonly key: string;
  readonly value: boolean | number | string | readonly string[] | readonly object[];
  /** As it was typed: `--bind`. */
  readonly option: string;
}

export interface LoadOptions extends FormatContext {
  /** `undefined`: no file, defaults only. */
  readonly text: string | undefined;
  /** Name for errors, as the user gave it. */
  readonly file: string;
  readonly overrides?: readonly Override[];
}

const maxErrors = 50;

/** @throws Problem `config/invalid` with every fault (at most 50) in `safe.errors`. Takes well under a second, whatever the text. */
export function loadConfig(options: LoadOptions): Config {
  const errors: ConfigError[] = [];
  const lines = new LineCounter();
  const report = (fault: Fault, option?: string): void => {
    if (errors.length >= maxErrors) return;
    const { offset, ...rest } = fault;
    const { line, col } = offset === undefined ? { line: undefined, col: undefined } : lines.linePos(offset);
    errors.push({
      file: options.file,
      ...(line === undefined ? {} : { line, column: col! }),
      ...(option === undefined ? {} : { option }),
      ...rest,
    });
  };
  const stopIfFaulty = (): void => {
    if (errors.length > 0) throw invalidConfig(errors);
  };

  const root = parse(options.text ?? '', lines, report);
  stopIfFaulty();
  const notices: string[] = [];
  const reading: Reading = {
    context: { directory: options.directory, userHome: options.userHome },
    fault: report,
    notice: (key) => notices.push(key),
    knownKeys: knownKeys(rootSchema),
  };
  const values = readValue(root, { ...rootSchema, default: {} }, '', reading);
  const pinned = new Set<string>();
  for (const override of options.overrides ?? []) {
    applyOverride(values, override, { ...reading, fault: (fault) => report(fault, override.option) });
    pinned.add(override.key);
  }
  stopIfFaulty();

  // The schema's type is what `readValue` just made sure of.
  const config = values as FileConfig;
  const place = (key: string): number | undefined => offsetOfKey(root, key);
  const cameras = workOutCameras(config, pinned, (index, key, found, allowed) => {
    const entry = `cameras[${index}]`;
    report({
      offset: place(`${entry}.${key}`) ?? place(entry),
      key: key === '' ? entry : `${entry}.${key}`,
      found,
      allowed,
    });
  });
  for (const fault of crossFaults(config)) report({ offset: place(fault.key), ...fault });
  stopIfFaulty();
  return deepFrozen({ ...config, cameras, notices });
}

function parse(text: string, lines: LineCounter, report: (fault: Fault) => void): Node | null {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  const hostile = findHostile(plain);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(plain);
  if (hostile !== undefined || control !== null) {
    for (let at = 0; at !== -1; at = plain.indexOf('\n', at) + 1 || -1) lines.addNewLine(at);
    report(
      hostile === undefined
        ? { offset: control!.index, key: '', found: 'a control character', allowed: 'printable text' }
        : { key: '', ...hostile },
    );
    return null;
  }
  const document = parseDocument(plain, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  for (const error of document.errors)
    report({
      offset: error.pos[0],
      key: '',
      found: `no YAML: ${error.message.split('\n')[0]!.slice(0, 200)}`,
      allowed: 'YAML 1.2, one document',
    });
  return document.contents;
}

function applyOverride(values: unknown, override: Override, reading: Reading): void {
  const names = override.key.split('.');
  const last = names.pop()!;
  let schema: SchemaNode = rootSchema;
  let target = values as Record<string, unknown>;
  for (const name of names) {
    schema = schema.properties![name]!;
    target = target[name] as Record<string, unknown>;
  }
  const value = readValue(new Document(override.value).contents, schema.properties![last]!, override.key, reading);
  // An empty value would mean "left out"; an option that is given is meant.
  if (value !== faulty) target[last] = value;
}

/** Where `cameras[2].path` or `network.bind` stands in the file; `undefined` where it doesn't. */
function offsetOfKey(root: Node | null, key: string): number | undefined {
  let node: unknown = root;
  for (const name of key.split(/[.[\]]+/).filter((part) => part !== '')) {
    if (isMap(node)) node = node.get(name, true);
    else if (isSeq(node)) node = node.get(Number(name), true);
    else return undefined;
  }
  return (node as Node | null | undefined)?.range?.[0];
}

export function knownKeys(schema: SchemaNode, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    return property.properties === undefined ? [key] : [key, ...knownKeys(property, `${key}.`)];
  });
}

function deepFrozen<T>(value: T): Frozen<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFrozen(inner);
  }
  return value as Frozen<T>;
}
