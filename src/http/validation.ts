/**
 * Unknown data meets its schema here and nowhere else. Bodies are taken as they are; of queries, which are text, numbers
 * are read strictly (`0x10`, ` 5 ` and `1e3` are none) and defaults filled in.
 */

import type { TObject, TSchema } from 'typebox';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '../base/problem.ts';

export type Validator = (value: unknown) => unknown;

const number = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/;

export function bodyValidator(schema: TSchema): Validator {
  const compiled = Compile(schema);
  return (value) => {
    if (!compiled.Check(value)) throw invalid('body', compiled.Errors(value));
    return value;
  };
}

/** For query and path parameters. A parameter that comes twice is an array, which no schema of ours allows. */
export function textValidator(schema: TObject): Validator {
  const compiled = Compile(schema);
  const properties: Readonly<Record<string, TSchema>> = schema.properties;
  return (value) => {
    const read: Record<string, unknown> = { ...(value as Record<string, unknown>) };
    for (const [name, property] of Object.entries(properties)) {
      const { type, default: fallback } = property as { type?: unknown; default?: unknown };
      const text = read[name];
      if (text === undefined && fallback !== undefined) read[name] = fallback;
      else if ((type === 'integer' || type === 'number') && typeof text === 'string' && number.test(text))
        read[name] = Number(text);
    }
    if (!compiled.Check(read)) throw invalid('parameter', compiled.Errors(read));
    return read;
  };
}

const nothing = textValidator(Type.Object({}, { additionalProperties: false }));
/** For routes that declare no query: there may be none. */
export const noParameters: Validator = nothing;

interface Fault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function invalid(what: 'body' | 'parameter', faults: readonly Fault[]): Problem {
  const [first] = faults;
  // The path is made of our schema's names, or of the sender's: cut and without what could be mistaken for markup.
  const where = (first?.instancePath ?? '').slice(1, 60).replace(/[^A-Za-z0-9_./-]/g, '');
  return new Problem('http/invalid', `${what}${where === '' ? '' : ` ${where}`} ${complaint(first, faults)}`, {
    status: 422,
  });
}

/** The validator's own words where a person understands them. */
function complaint(first: Fault | undefined, faults: readonly Fault[]): string {
  switch (first?.keyword) {
    case undefined:
      return 'is not allowed';
    case 'boolean':
      return 'is not known here';
    case 'const': {
      const words = faults.flatMap(({ keyword, instancePath, params }) =>
        keyword === 'const' && instancePath === first.instancePath && 'allowedValue' in params
          ? [String(params.allowedValue)]
          : [],
      );
      return `must be ${[...new Set(words)].join(' or ')}`;
    }
    case 'pattern':
      return 'has not the form that it must have';
    default:
      return first!.message;
  }
}
