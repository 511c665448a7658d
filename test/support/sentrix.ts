/** The real program in a home of its own: started, spoken to over TLS with its own CA, and ended. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Started } from './process.ts';
import { run, start } from './process.ts';
import { repository } from './shared.ts';

export const sentrixBinary = join(repository, 'bin', 'sentrix');

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  json<T = Record<string, unknown>>(): T;
}

export interface AskOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Ready {
  readonly https: string;
  readonly rtsp: string;
  readonly rtsps: string;
  readonly hls: string;
  readonly pid: number;
}

/** A directory with a configuration and a home, in which commands run and the system starts. */
export class Site {
  readonly directory: string;
  readonly home: string;
  readonly recordings: string;
  readonly configuration: string;

  constructor(directory: string) {
    this.directory = directory;
    this.home = join(directory, 'home');
    this.recordings = join(directory, 'recordings');
    this.configuration = join(directory, 'surveillance.yml');
  }

  static async create(configuration: (site: Site) => string): Promise<Site> {
    const site = new Site(await mkdtemp(join(tmpdir(), 'sentrix-test-')));
    await writeFile(site.configuration, configuration(site));
    return site;
  }

  configure(configuration: string): Promise<void> {
    return writeFile(this.configuration, configuration);
  }

  /** Runs one command, such as `['user', 'list', '--json']`. */
  run(args: readonly string[], stdin = ''): Promise<{ readonly code: number | string; readonly output: string }> {
    return run(sentrixBinary, [...args, '--config', this.configuration, '--home', this.home], { stdin });
  }

  async addUser(name: string, role: string, password: string, extra: readonly string[] = []): Promise<void> {
    const { code, output } = await this.run(
      ['user', 'add', name, '--role', role, '--password-stdin', ...extra],
      `${password}\n`,
    );
    if (code !== 0) throw new Error(`user add ended with ${code}: ${output}`);
  }

  async start(args: readonly string[] = [], command = 'start'): Promise<System> {
    const process = start(
      sentrixBinary,
      [command, '--json', '--config', this.configuration, '--home', this.home, ...args],
      { stdin: '' },
    );
    const ready = await process.line<Ready>((value) => value['event'] === 'ready');
    return new System(this, process, ready);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

export class System {
  readonly site: Site;
  readonly process: Started;
  readonly ready: Ready;
  #ca: Buffer | undefined;
  #cookie: string | undefined;

  constructor(site: Site, process: Started, ready: Ready) {
    this.site = site;
    this.process = process;
    this.ready = ready;
  }

  get cookie(): string | undefined {
    return this.#cookie;
  }

  async login(username: string, password: string): Promise<void> {
    const answer = await this.ask('/auth/login', { method: 'POST', body: { username, password } });
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.body.toString()}`);
    this.#cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
  }

  /** One request over TLS that trusts the system's own CA and nobody else. */
  async ask(path: string, options: AskOptions = {}): Promise<Answer> {
    this.#ca ??= await readFile(join(this.site.home, 'certs', 'ca.crt'));
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    return await new Promise((resolve, reject) => {
      const outgoing = request(
        {
          // Sent as it is written: a URL would tidy up what an attacker writes.
          ...addressOf(this.ready.https),
          path,
          method: options.method ?? 'GET',
          ca: this.#ca!,
          agent: false,
          timeout: 15_000,
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json', origin: this.ready.https }),
            ...(options.method === 'DELETE' ? { origin: this.ready.https } : {}),
            ...(this.#cookie === undefined ? {} : { cookie: this.#cookie }),
            ...options.headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const bytes = Buffer.concat(chunks);
            resolve({
              status: incoming.statusCode!,
              headers: incoming.headers,
              body: bytes,
              json: <T>() => JSON.parse(bytes.toString()) as T,
            });
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${path}: no answer within 15 s`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function addressOf(url: string): { readonly hostname: string; readonly port: string } {
  const { hostname, port } = new URL(url);
  return { hostname, port };
}
