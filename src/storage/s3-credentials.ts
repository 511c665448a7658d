import type { Secret } from '../base/secret.ts';

/** Of an account at an S3 endpoint. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}
