/** The codes of this folder, and what a fault in an age file means to a person. */
import type { ProblemOptions } from '../base/problem.ts';
import { Problem } from '../base/problem.ts';
import { AgeError } from './age/problems.ts';

export type VaultProblemCode =
  | 'vault/locked'
  | 'vault/recipients-only'
  | 'vault/no-owner'
  | 'vault/owner-exists'
  | 'vault/owner-mismatch'
  | 'vault/wrong-passphrase'
  | 'vault/too-many-tries'
  | 'vault/no-passphrase'
  | 'vault/weak-passphrase'
  | 'vault/busy'
  | 'vault/mode-mismatch'
  | 'vault/mode-unavailable'
  | 'vault/bad-recipient'
  | 'vault/mixed-recipients'
  | 'vault/bad-identity'
  | 'vault/bad-key-file'
  | 'vault/bad-clip-name'
  | 'vault/no-day-key'
  | 'vault/escrow-exists'
  | 'vault/no-escrow'
  | 'vault/foreign'
  | 'vault/damaged'
  | 'vault/torn'
  | 'vault/overrun'
  | 'vault/closed'
  | 'vault/unsealable';

export function vaultProblem(code: VaultProblemCode, detail: string, options: ProblemOptions = {}): Problem {
  return new Problem(code, detail, options);
}

export function locked(): Problem {
  return vaultProblem('vault/locked', 'the recordings are locked', {
    status: 409,
    hint: 'unlock them with the passphrase of the owner key',
  });
}

/** An `AgeError` as a Problem about `name`; anything else comes back as it is. */
export function ageProblem(error: unknown, name: string): unknown {
  if (!(error instanceof AgeError)) return error;
  const safe = { name, fault: error.fault, offset: error.offset };
  if (error.fault === 'no match')
    return vaultProblem('vault/foreign', 'this file was sealed for another key', { status: 409, safe, cause: error });
  if (error.fault === 'bad key')
    return vaultProblem('vault/bad-identity', 'this is no age identity', { status: 422, safe, cause: error });
  return vaultProblem('vault/damaged', 'this file was changed or is damaged', { status: 409, safe, cause: error });
}
