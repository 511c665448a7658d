/**
 * The whole of `surveillance.yml`: every key with its meaning, default, unit and bounds. One object, from which come the
 * type, the checks (`read-value.ts`), the help for misspelt keys and `docs/configuration.md` (`reference.ts`).
 * A key stands here before the part that reads it does; then it carries `later`.
 */
import Type from 'typebox';
import type { cameraObject } from './schema/camera.ts';
import { cameras } from './schema/camera.ts';
import { appearance, detection } from './schema/detection.ts';
import { network } from './schema/network.ts';
import { recording } from './schema/recording.ts';
import { audit, security } from './schema/security.ts';
import { advanced, alerts, backup, catalog, mirror, node, redis, storage } from './schema/site.ts';

export const configSchema = Type.Object({
  cameras,
  network,
  detection,
  appearance,
  recording,
  security,
  timezone: Type.String({
    description: 'IANA name; decides hours, weekdays and bare dates; empty: that of the system',
    default: '',
    format: 'timezone',
  }),
  audit,
  alerts,
  backup,
  storage,
  mirror,
  catalog,
  redis,
  node,
  advanced,
});

/** The file's values with all defaults, before cameras are worked out. */
export type FileConfig = Type.Static<typeof configSchema>;
export type CameraEntry = Type.Static<typeof cameraObject>;

/** What the checks read of a schema: JSON Schema's words and ours. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly format?: string;
  readonly later?: 'notice' | 'refuse';
  /** An object whose keys get no defaults. */
  readonly override?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
}

export const rootSchema: SchemaNode = configSchema as unknown as SchemaNode;
