/** `surveillance.yml` of a running system: read, judged, and written anew. */
import type { Config } from './load.ts';

export interface ConfigFile {
  /** Keys that the command line set: what the file says of them doesn't count. Dotted. */
  readonly pinned: readonly string[];
  /** @throws Problem `config/…` */
  load(): Promise<Config>;
  /** The text as it stands; empty where there is no file. @throws Problem `config/…` */
  read(): Promise<string>;
  /** Absolute; undefined where there is none. */
  path(): Promise<string | undefined>;
  /** Without its directory. */
  name(): Promise<string>;
  /** What `text` would mean. @throws Problem `config/invalid` */
  check(text: string): Promise<Config>;
  /** @throws Problem `config/not-writable` */
  write(text: string): Promise<void>;
  isWritable(): Promise<boolean>;
}
