/** `docs/configuration.md`, generated from the schema, so that the two can't differ. */
import { allowedOf } from './read-value.ts';
import type { SchemaNode } from './schema.ts';
import { rootSchema } from './schema.ts';

const head = `# Configuration

Generated from \`src/config/schema.ts\` by \`node tools/reference.ts\`; a test compares them.

SentriX reads one YAML file: the one that \`--config\` names, else \`./surveillance.yml\`, else \`$SENTRIX_CONFIG\`, else
\`surveillance.yml\` in the home. Without a file every key has its default. Options of the command line stand above the
file. A fault stops the start (exit code 2) and is told with file, line, key, what was found and what is allowed; unknown
keys are faults. Anchors, aliases, tags and more than 256 KiB are refused. Passwords never stand in this file.
Keys marked _later_ are known, and nothing stands behind them yet.
`;

export function configurationReference(): string {
  const sections = Object.entries(rootSchema.properties!).flatMap(([name, schema]) => sectionOf(name, schema));
  return `${[head, ...sections].join('\n')}`;
}

function sectionOf(key: string, schema: SchemaNode): string[] {
  const lines = ['', `## \`${key}\``, '', described(schema), ''];
  if (schema.type === 'object') return [...lines, ...table(rowsOf(schema, `${key}.`))].slice(1);
  if (key === 'cameras') {
    const entry = schema.items!.anyOf!.find((option) => option.type === 'object')!;
    return [
      ...lines,
      'An entry is a path (`video/front-door`) to which a camera or phone publishes, or an object with these keys.',
      'Under `recording` and `detection` only what differs from the global section needs to be written.',
      '',
      ...table(rowsOf(entry, '')),
    ].slice(1);
  }
  return [...lines, ...table([row(key, schema)])].slice(1);
}

function rowsOf(schema: SchemaNode, prefix: string): string[] {
  return Object.entries(schema.properties!).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    if (property.override) return [row(key, property)];
    if (property.type === 'object') return rowsOf(property, `${key}.`);
    const items = property.items;
    return items?.type === 'object' ? [row(key, property), ...rowsOf(items, `${key}[].`)] : [row(key, property)];
  });
}

function row(key: string, schema: SchemaNode): string {
  const cells = [`\`${key}\``, described(schema), allowedOf(schema), schema.unit ?? '', defaultText(schema)];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function table(rows: readonly string[]): string[] {
  return ['| key | meaning | takes | unit | default |', '|---|---|---|---|---|', ...rows, ''];
}

function described(schema: SchemaNode): string {
  return `${schema.description ?? ''}${schema.later === undefined ? '' : ' *(later)*'}`;
}

function defaultText(schema: SchemaNode): string {
  const value = schema.default;
  if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) return '';
  return typeof value === 'object' && !Array.isArray(value) ? '' : `\`${String(value)}\``;
}
