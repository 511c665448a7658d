/** Every command: its words, options and help. What it does is loaded when it is called. */
import type { CommandSpec, OptionSpec } from './arguments.ts';
import type { Command } from './commands/context.ts';
import { someOptions, startOptions } from './overrides.ts';

export interface LoadableCommand extends CommandSpec {
  load(): Promise<Command>;
}

const passwordStdin: OptionSpec = { type: 'boolean', help: 'read the password from the first line of stdin' };
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
const recordings = () => import('./commands/recording.ts');

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
      source: { type: 'string', value: 'URL', help: 'rtsp://USER@HOST:PORT/PATH, without the password' },
      substream: { type: 'string', value: 'URL', help: 'its smaller stream, for detection' },
      'password-stdin': passwordStdin,
    },
    load: async () => (await camera()).cameraAdd,
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
    load: async () => (await home()).keyStatus,
  },
  {
    name: 'key unlock',
    positionals: [],
    summary: 'open the owner key of the running server',
    options: { 'password-stdin': { type: 'boolean', help: 'read the passphrase from the first line of stdin' } },
    load: async () => (await home()).keyUnlock,
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
