/** Which of Debian's packages are needed for what, which of them are missing, and installing them. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Package, and a program of it by which it is found where there is no dpkg. */
const forStart = [
  ['ffmpeg', 'ffmpeg'],
  ['bubblewrap', 'bwrap'],
];
const forTests = [
  ['chromium', 'chromium'],
  ['libnss3-tools', 'certutil'],
  ['fonts-dejavu-core'],
  ['age', 'age'],
  ['openssl', 'openssl'],
  ['unzip', 'unzip'],
  ['redis-server', 'redis-server'],
  ['python3', 'python3'],
  ['python3-gi'],
  ['gstreamer1.0-tools', 'gst-launch-1.0'],
  ['gstreamer1.0-rtsp'],
  ['gstreamer1.0-plugins-base'],
  ['gstreamer1.0-plugins-good'],
  ['gstreamer1.0-plugins-bad'],
  ['gir1.2-gst-rtsp-server-1.0'],
  ['glib-networking'],
];

/** @param {string} mode start, test or bench */
export async function missingDebianPackages(mode) {
  const wanted = mode === 'start' ? forStart : [...forStart, ...forTests];
  const { code, output } = await dpkgStatus(wanted.map(([name]) => name));
  if (code === 'absent')
    return wanted.filter(([, program]) => program !== undefined && !isInPath(program)).map(([name]) => name);
  const installed = new Set(
    output
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice(10)),
  );
  // A program that came otherwise (built by hand, say) is as good.
  return wanted
    .filter(([name, program]) => !installed.has(name) && !(program !== undefined && isInPath(program)))
    .map(([name]) => name);
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
const format = '${db:Status-Status} ${Package}\n';

function dpkgStatus(names) {
  return new Promise((resolve) => {
    const child = spawn('dpkg-query', ['-W', '-f', format, ...names], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.once('error', () => resolve({ code: 'absent', output: '' }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

function isInPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** As root. @throws Error with apt's last lines */
export async function installDebianPackages(names) {
  const options = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];
  // A list that can't be fetched may still be good enough; what can't be installed tells.
  await apt([...options, 'update']);
  const { code, output } = await apt([...options, 'install', '--no-install-recommends', ...names]);
  if (code !== 0)
    throw new Error(`apt-get could not install ${names.join(' ')}:\n${output.split('\n').slice(-15).join('\n')}`);
}

function apt(args) {
  return new Promise((resolve) => {
    const child = spawn('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
