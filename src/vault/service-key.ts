/**
 * The service key: 32 random bytes that open catalogue, camera passwords and signing, but no video, so that a machine
 * whose owner key is locked still records. Nothing uses it directly: each use derives its own key by a label.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { makePrivateFolder, readSmallFile, writeSmallFile } from '../storage/files.ts';
import { vaultProblem } from './problems.ts';

const keyBytes = 32;

export interface ServiceKey {
  /**
   * The key of one use, 32 bytes, the caller's to wipe. Labels are constants of the code (`catalog`, `audit entries`);
   * two labels give independent keys (HKDF-SHA-256, RFC 5869, no salt, the label as info).
   */
  derive(label: string): Buffer;
}

/** `bytes`: 32, copied. For tests and other sources of the key. */
export function serviceKeyFrom(bytes: Uint8Array): ServiceKey {
  if (bytes.length !== keyBytes)
    throw vaultProblem('vault/bad-key-file', 'the service key has a wrong size', { safe: { bytes: bytes.length } });
  const key = Buffer.from(bytes);
  return { derive: (label) => Buffer.from(hkdfSync('sha256', key, '', `sentrix/service/${label}`, keyBytes)) };
}

/**
 * Reads `HOME/keys/service.key`, or makes it where there is none. A file of another size is refused and never replaced:
 * everything sealed under the lost key would be lost with it. A mode open to others is mended and said.
 */
export async function openServiceKey(deps: { readonly home: string; readonly log: Log }): Promise<ServiceKey> {
  const folder = join(deps.home, 'keys');
  await makePrivateFolder(folder);
  const path = join(folder, 'service.key');
  for (let tries = 0; tries < 2; tries++) {
    const file = await readKeyFile(path);
    if (file !== undefined) {
      if (file.wasOpenToOthers) deps.log.warn({ file: 'keys/service.key' }, 'key file mode mended');
      try {
        return serviceKeyFrom(file.bytes);
      } finally {
        file.bytes.fill(0);
      }
    }
    const fresh = randomBytes(keyBytes);
    try {
      await writeSmallFile(path, fresh, { exclusive: true });
      deps.log.info({ file: 'keys/service.key' }, 'service key made');
      return serviceKeyFrom(fresh);
    } catch (error) {
      // Somebody else made it between our look and our try: theirs counts
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      fresh.fill(0);
    }
  }
  throw vaultProblem('vault/bad-key-file', 'the service key appears and disappears');
}

async function readKeyFile(path: string): ReturnType<typeof readSmallFile> {
  try {
    return await readSmallFile(path, 4096);
  } catch (cause) {
    throw vaultProblem('vault/bad-key-file', 'the service key file cannot be read', {
      hint: 'keys/service.key in the home must be a regular file of 32 bytes; restore it from a backup',
      cause,
    });
  }
}
