/**
 * One change or question, on an opened home. The same function serves the command line and the control socket, so its
 * arguments are plain JSON and are checked here: the socket is the owner's alone, but an older `sentrix` may speak on it.
 */
import Type from 'typebox';
import { Check } from 'typebox/value';
import { Problem } from '../../base/problem.ts';
import type { Home } from '../system.ts';

/** @returns plain JSON. */
export type Operation = (home: Home, args: unknown, signal: AbortSignal) => Promise<unknown>;

export function operation<Schema extends Type.TSchema>(
  schema: Schema,
  run: (home: Home, args: Type.Static<Schema>, signal: AbortSignal) => Promise<unknown>,
): Operation {
  return async (home, args, signal) => {
    if (!Check(schema, args))
      throw new Problem('cli/bad-arguments', 'the running server and this command do not understand each other', {
        status: 422,
        hint: 'restart the server, so that both are of the same version',
      });
    return await run(home, args, signal);
  };
}

const closed = { additionalProperties: false };

export function object<P extends Type.TProperties>(properties: P) {
  return Type.Object(properties, closed);
}

export const name = Type.String({ minLength: 1, maxLength: 256 });
export const secret = Type.String({ minLength: 1, maxLength: 8192 });
export const cameraIds = Type.Union([
  Type.Literal('all'),
  Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1000 }),
]);
export const role = Type.Enum(['admin', 'viewer', 'publisher']);
