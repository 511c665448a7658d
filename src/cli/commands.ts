/** Every command: its words, options and help. What it does is loaded when it is called. */
import type { CommandSpec, OptionSpec } from './arguments.ts';
import type { Command } from './commands/context.ts';
import { someOptions, startOptions } from './overrides.ts';

export interface LoadableCommand extends CommandSpec {
  load(): Promise<Command>;
}

const passwordStdin: OptionSpec = { type: 'boolean', help: 'read the password from the first line of stdin' };
const passphraseStdin: OptionSpec = { type: 'boolean', help: 'read the passphrase from the first line of stdin' };
const generate: OptionSpec = { type: 'boolean', help: 'make a password and show it once, on the terminal' };
const cameras: OptionSpec = {
  type: 'string',
  multiple: true,
  value: 'ID',
  help: 'a camera it may see or publish to, or "all"',
};

const serving = () => import('./commands/serve.ts');
const users = () => import('./commands/user.ts');
const camera = () => import('./commands/camera.ts');
const home = () => import('./commands/home.ts');
const recover = () => import('./commands/recover.ts');
const backups = () => import('./commands/backup.ts');
const doctor = () => import('./commands/doctor.ts');
const mirror = () => import('./commands/mirror.ts');
const deletions = () => import('./commands/deletion.ts');
const audit = () => import('./commands/audit.ts');
const keys = () => import('./commands/key.ts');
const recordings = () => import('./commands/recording.ts');

const identityOptions: Readonly<Record<string, OptionSpec>> = {
  identity: { type: 'string', short: 'i', value: 'KEYFILE', help: 'age identity file that opens it' },
  'password-stdin': {
    type: 'boolean',
    help: "read its passphrase, or without --identity the sheet's key, from the first line of stdin",
  },
};

const withoutPath = Object.fromEntries(Object.entries(startOptions).filter(([name]) => name !== 'path'));

export const commands: readonly LoadableCommand[] = [
  {
    name: 'start',
    positionals: [],
    summary: 'run the whole system; its options stand above the configuration',
    options: startOptions,
    load: async () => (await serving()).start,
  },
  {
    name: 'config',
    positionals: [],
    summary: 'the same with -c FILE, under the name it used to have',
    options: startOptions,
    load: async () => (await serving()).config,
  },
  {
    name: 'quick',
    positionals: [],
    summary: 'run with N paths to publish to: video/camera-1 …',
    options: {
      number: { type: 'string', short: 'n', value: 'N', help: 'how many cameras (1 to 64; default 1)' },
      ...withoutPath,
    },
    load: async () => (await serving()).quick,
  },
  {
    name: 'run',
    positionals: [],
    summary: 'run the streaming server alone: no detection, no recording',
    options: someOptions('path', 'bind', 'api-port', 'detector-port', 'tls-key', 'tls-cert'),
    load: async () => (await serving()).run,
  },
  {
    name: 'detect',
    positionals: [],
    summary: 'run detection and dashboard for given streams, without the streaming server',
    options: {
      'rtsp-url': {
        type: 'string',
        multiple: true,
        value: 'URL',
        help: 'a stream, without password: rtsp://USER@HOST/PATH',
      },
      record: { type: 'boolean', help: 'record events as well' },
      'password-stdin': { type: 'boolean', help: 'read the password of the streams from the first line of stdin' },
      ...Object.fromEntries(
        Object.entries(withoutPath).filter(([name]) => name !== 'detector' && name !== 'recording'),
      ),
    },
    load: async () => (await serving()).detect,
  },
  {
    name: 'reset',
    positionals: [],
    summary: 'end all sessions, void every credential of the admins, open the set-up link again',
    options: {},
    load: async () => (await home()).reset,
  },
  {
    name: 'doctor',
    positionals: [],
    summary: 'look at everything that makes an installation safe, and say how to mend what is not',
    options: { fix: { type: 'boolean', help: 'mend what can be mended safely' } },
    load: async () => (await doctor()).doctor,
  },
  {
    name: 'user add',
    positionals: ['NAME'],
    summary: 'add an account',
    options: {
      role: { type: 'string', value: 'ROLE', help: 'admin, viewer or publisher' },
      camera: cameras,
      'password-stdin': passwordStdin,
      stream: {
        type: 'boolean',
        help: 'let the password (20 characters at least) serve for RTSP too; publishers always',
      },
      generate,
    },
    load: async () => (await users()).userAdd,
  },
  {
    name: 'user list',
    positionals: [],
    summary: 'list the accounts',
    options: {},
    load: async () => (await users()).userList,
  },
  {
    name: 'user passwd',
    positionals: ['NAME'],
    summary: 'give an account a new password; its sessions end',
    options: { 'password-stdin': passwordStdin, generate },
    load: async () => (await users()).userPasswd,
  },
  {
    name: 'user stream',
    positionals: ['NAME'],
    summary: 'make a new password for RTSP and show it once',
    options: {},
    load: async () => (await users()).userStream,
  },
  {
    name: 'user role',
    positionals: ['NAME', 'ROLE'],
    summary: 'give an account another role',
    options: { camera: cameras },
    load: async () => (await users()).userRole,
  },
  {
    name: 'user remove',
    positionals: ['NAME'],
    summary: 'remove an account',
    options: {},
    load: async () => (await users()).userRemove,
  },
  {
    name: 'user unlock',
    positionals: ['NAME'],
    summary: 'end the lockout of an account',
    options: {},
    load: async () => (await users()).userUnlock,
  },
  {
    name: 'user rotate',
    positionals: ['NAME'],
    summary: 'make new passwords for an account and show them once',
    options: {},
    load: async () => (await users()).userRotate,
  },
  {
    name: 'camera add',
    positionals: ['NAME'],
    summary: 'add a camera; its password goes to the credential store',
    options: {
      onvif: {
        type: 'string',
        value: 'USER@HOST',
        help: 'ask this ONVIF camera for its streams, instead of --source; or the URL of its device service',
      },
      source: { type: 'string', value: 'URL', help: 'rtsp://USER@HOST:PORT/PATH, without the password' },
      substream: { type: 'string', value: 'URL', help: 'its smaller stream, for detection' },
      'password-stdin': passwordStdin,
    },
    load: async () => (await camera()).cameraAdd,
  },
  {
    name: 'camera discover',
    positionals: [],
    summary: 'look for ONVIF cameras on the local networks',
    options: {},
    load: async () => (await camera()).cameraDiscover,
  },
  {
    name: 'camera list',
    positionals: [],
    summary: 'list the cameras',
    options: {},
    load: async () => (await camera()).cameraList,
  },
  {
    name: 'camera test',
    positionals: ['NAME'],
    summary: 'connect to a camera once and say what it sends',
    options: {},
    load: async () => (await camera()).cameraTest,
  },
  {
    name: 'camera trust',
    positionals: ['NAME'],
    summary: 'take the new certificate of a camera that was refused for it',
    options: {},
    load: async () => (await camera()).cameraTrust,
  },
  {
    name: 'camera remove',
    positionals: ['NAME'],
    summary: 'remove a camera; its recordings stay',
    options: {},
    load: async () => (await camera()).cameraRemove,
  },
  {
    name: 'key status',
    positionals: [],
    summary: 'say how the owner key is kept, and whether it is open',
    options: {},
    load: async () => (await keys()).keyStatus,
  },
  {
    name: 'key unlock',
    positionals: [],
    summary: 'open the owner key of the running server',
    options: { 'password-stdin': passphraseStdin },
    load: async () => (await keys()).keyUnlock,
  },
  {
    name: 'key rotate',
    positionals: [],
    summary: 'make a new owner key; the old one opens nothing that is here any more',
    options: {
      'password-stdin': passphraseStdin,
      'new-passphrase': { type: 'boolean', help: 'ask for another passphrase too (on stdin: the second line)' },
    },
    load: async () => (await keys()).keyRotate,
  },
  {
    name: 'key escrow add',
    positionals: ['RECIPIENT'],
    summary: 'let the holder of another age identity open every recording',
    options: { 'password-stdin': passphraseStdin },
    load: async () => (await keys()).keyEscrowAdd,
  },
  {
    name: 'key escrow remove',
    positionals: ['RECIPIENT'],
    summary: 'end that; copies made meanwhile still open',
    options: { 'password-stdin': passphraseStdin },
    load: async () => (await keys()).keyEscrowRemove,
  },
  {
    name: 'key shred',
    positionals: ['DATE'],
    summary: 'make the recordings of a day (UTC) unreadable for good',
    options: { yes: { type: 'boolean', help: 'that is meant' } },
    load: async () => (await keys()).keyShred,
  },
  {
    name: 'key export',
    positionals: [],
    summary: "the owner's sheet: the key and how to recover with it, to print",
    options: {
      output: { type: 'string', short: 'o', value: 'FILE', help: 'a text, or a page where it ends in .html' },
      'password-stdin': passphraseStdin,
    },
    load: async () => (await keys()).keyExport,
  },
  {
    name: 'recording list',
    positionals: [],
    summary: 'list the recordings, newest first',
    options: {
      limit: { type: 'string', value: 'N', help: 'how many at most (default 100)' },
      camera: { type: 'string', value: 'ID', help: 'of this camera only' },
    },
    load: async () => (await recordings()).recordingList,
  },
  {
    name: 'recording decrypt',
    positionals: ['FILE'],
    summary: 'decrypt a recording, without a running server',
    options: {
      identity: {
        type: 'string',
        short: 'i',
        value: 'FILE',
        help: 'age identity file; without it the keys of the home',
      },
      output: { type: 'string', short: 'o', value: 'FILE', help: 'where to; "-": standard output' },
      torn: { type: 'boolean', help: 'take a file whose end is missing' },
      'password-stdin': { type: 'boolean', help: 'read the passphrase of the identity from the first line of stdin' },
    },
    load: async () => (await recordings()).recordingDecrypt,
  },
  {
    name: 'recording export',
    positionals: ['ID'],
    summary: 'write a recording and the proof that it is what was recorded into a zip',
    options: {
      output: { type: 'string', short: 'o', value: 'FILE', help: 'where to' },
      to: { type: 'string', value: 'RECIPIENT', help: 'encrypt the clip for this age recipient (age1…)' },
    },
    load: async () => (await recordings()).recordingExport,
  },
  {
    name: 'recording hold',
    positionals: ['ID'],
    summary: 'keep a recording from being deleted or shredded, by anybody and by any rule',
    options: {},
    load: async () => (await recordings()).recordingHold,
  },
  {
    name: 'recording release',
    positionals: ['ID'],
    summary: 'end the legal hold of a recording',
    options: {},
    load: async () => (await recordings()).recordingRelease,
  },
  {
    name: 'recording verify',
    positionals: ['[ID]'],
    summary: 'compare one recording or all with the audit log',
    options: {},
    load: async () => (await recordings()).recordingVerify,
  },
  {
    name: 'audit show',
    positionals: [],
    summary: 'the newest entries of the audit log',
    options: { limit: { type: 'string', value: 'N', help: 'how many at most (default 100)' } },
    load: async () => (await audit()).auditShow,
  },
  {
    name: 'audit verify',
    positionals: [],
    summary: 'check every entry and the signed checkpoint',
    options: {
      checkpoint: { type: 'string', multiple: true, value: 'FILE', help: 'a checkpoint that was kept elsewhere' },
    },
    load: async () => (await audit()).auditVerify,
  },
  {
    name: 'audit export',
    positionals: [],
    summary: 'write the whole log in the clear, a JSON line an entry',
    options: { output: { type: 'string', short: 'o', value: 'FILE', help: 'where to' } },
    load: async () => (await audit()).auditExport,
  },
  {
    name: 'mirror login',
    positionals: ['ID'],
    summary:
      "keep the credentials of the mirror's S3 bucket: the access key ID, and its secret from stdin or asked for",
    options: { 'password-stdin': { type: 'boolean', help: 'read the secret from the first line of stdin' } },
    load: async () => (await mirror()).mirrorLogin,
  },
  {
    name: 'deletion list',
    positionals: [],
    summary: 'list deletions that wait for their time or for a second admin',
    options: {},
    load: async () => (await deletions()).deletionList,
  },
  {
    name: 'deletion cancel',
    positionals: ['ID'],
    summary: 'stop a deletion that waits',
    options: {},
    load: async () => (await deletions()).deletionCancel,
  },
  {
    name: 'deletion confirm',
    positionals: ['ID'],
    summary: 'agree to a deletion that an admin asked for: it is done now',
    options: {},
    load: async () => (await deletions()).deletionConfirm,
  },
  {
    name: 'recording expiring',
    positionals: [],
    summary: 'list what retention would delete now, and why',
    options: {},
    load: async () => (await recordings()).recordingExpiring,
  },
  {
    name: 'recording import',
    positionals: ['DIR'],
    summary: 'take the recordings of the Python program (.mp4, .jpg, its database, Fernet .enc) into the vault',
    options: {
      key: { type: 'string', value: 'FILE', help: 'the Fernet key; otherwise it is looked for in DIR' },
      hold: { type: 'boolean', help: 'put them on legal hold, so that retention keeps old ones' },
      remove: { type: 'boolean', help: 'delete each original when its recording is safe' },
    },
    load: async () => (await recordings()).recordingImport,
  },
  {
    name: 'recording reindex',
    positionals: [],
    summary: 'take clips into the catalogue that it does not know',
    options: {},
    load: async () => (await recordings()).recordingReindex,
  },
  {
    name: 'recover',
    positionals: [],
    summary: "a new home from the owner's sheet and the recordings directory; asks for the key",
    options: {
      recordings: { type: 'string', value: 'DIR', help: 'the recordings directory' },
      'password-stdin': { type: 'boolean', help: 'read the key from the first line of stdin' },
    },
    load: async () => (await recover()).recover,
  },
  {
    name: 'backup',
    positionals: [],
    summary: 'everything but the video in one file, sealed for the owner and every escrow; the system may run',
    options: {
      output: {
        type: 'string',
        short: 'o',
        value: 'FILE',
        help: 'where to; a folder: a file in it, named by the time',
      },
      'with-recordings': { type: 'boolean', help: 'the recordings too; in a folder, those that are new' },
    },
    load: async () => (await backups()).backup,
  },
  {
    name: 'backup verify',
    positionals: ['FILE'],
    summary: 'restore a backup into a temporary place, open what is in it, and count',
    options: identityOptions,
    load: async () => (await backups()).backupVerify,
  },
  {
    name: 'restore',
    positionals: ['FILE'],
    summary: 'put a backup into an empty home',
    options: identityOptions,
    load: async () => (await backups()).restore,
  },
  {
    name: 'uninstall',
    positionals: [],
    summary: 'list what would have to be removed, and how',
    options: { 'dry-run': { type: 'boolean', help: 'the only way: it removes nothing by itself' } },
    load: async () => (await import('./commands/uninstall.ts')).uninstall,
  },
  {
    name: 'cert generate',
    positionals: [],
    summary: 'make the certificate anew',
    options: {},
    load: async () => (await home()).certGenerate,
  },
  {
    name: 'cert show',
    positionals: [],
    summary: 'show the certificate',
    options: {},
    load: async () => (await home()).certShow,
  },
];
