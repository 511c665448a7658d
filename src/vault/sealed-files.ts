/** Reading small sealed objects whole, with a bound, for those that lie in a directory others may have written to. */
import type { ObjectStore } from '../storage/object-store.ts';
import { vaultProblem } from './problems.ts';

/** All of a small object; `storage/not-found`, or `vault/damaged` where it is longer than `maxBytes`. */
export async function readSmallObject(store: ObjectStore, name: string, maxBytes: number): Promise<Buffer> {
  await using object = await store.open(name);
  if (object.sizeBytes > maxBytes)
    throw vaultProblem('vault/damaged', 'this file is longer than it can be', { status: 409, safe: { name } });
  const bytes = Buffer.alloc(object.sizeBytes);
  return bytes.subarray(0, await object.read(0, bytes));
}
