/** What the sections of the schema share: keywords of ours beside JSON Schema's, and pieces used in several places. */
import Type from 'typebox';

/**
 * Our own keywords on a schema:
 * - `unit`: of a number, as the reference prints it;
 * - `format`: a name in `formats.ts`, which checks the text and may make it canonical;
 * - `later`: nothing stands behind this key yet. `notice`: it is taken and its user is told; `refuse`: to take it and
 *   do nothing would hurt somebody who relies on it.
 */
export interface Keywords {
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly format?: string;
  readonly later?: 'notice' | 'refuse';
}

/** A section: an object with known keys that is always there, because each of its keys has a default. */
export function section<P extends Type.TProperties>(description: string, properties: P, more: Keywords = {}) {
  return Type.Object(properties, { description, default: {}, ...more });
}

export function flag(description: string, fallback: boolean, more: Keywords = {}) {
  return Type.Boolean({ description, default: fallback, ...more });
}

export function port(description: string, fallback: number, more: Keywords = {}) {
  return Type.Integer({ description: `${description}; 0: any free one`, default: fallback, ...more, ...portBounds });
}

const portBounds = { minimum: 0, maximum: 65_535 };

/** A number between 0 and 1 that may be left out, for then the model's own threshold of each class counts. */
export function threshold(description: string) {
  return Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], { description, default: null });
}

export function classList(description: string) {
  return Type.Array(Type.String({ format: 'class' }), { description, default: [], maxItems: 100 });
}

export const point = Type.Array(Type.Number({ minimum: 0, maximum: 1 }), {
  minItems: 2,
  maxItems: 2,
  description: 'x and y, each 0 to 1 of the picture, from its upper left',
});

/** `[[x, y], …]`; the last point joins the first. */
export function polygon(description: string, minItems = 3) {
  return Type.Array(point, { description, minItems, maxItems: 64 });
}

export const weeklySchedule = Type.Array(
  Type.Object({
    days: Type.Array(Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), {
      description: 'days on which it begins; empty: all',
      default: [],
      maxItems: 7,
    }),
    from: Type.String({ description: 'local time at which it begins', format: 'time-of-day', default: '00:00' }),
    to: Type.String({
      description: 'local time at which it ends; earlier than `from`: on the next day',
      format: 'time-of-day',
      default: '24:00',
    }),
  }),
  { description: 'when this is active, in `timezone`; empty: always', default: [], maxItems: 50 },
);
