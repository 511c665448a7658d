/**
 * Links that make a phone or laptop a camera: an admin makes one for a camera, the device opens it once and gets a token
 * that publishes there and does nothing else. The code is kept as its hash, in the table of tokens, works once and soon
 * expires; it is no token itself.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountId, CameraId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { AccessAudit, Actor } from './audit.ts';
import { linkVoid } from './problems.ts';
import type { Tokens } from './tokens.ts';

const pattern = /^sxl_[A-Za-z0-9_-]{43}$/;
/** Long enough to carry a telephone to the other end of the house. */
const minuteMs = 60_000;
const deviceDays = 365;

interface PublishLinksDeps {
  readonly catalog: Catalog;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly audit: AccessAudit;
}

export interface RedeemedLink {
  readonly camera: CameraId;
  /** For `/api/publish` from then on. */
  readonly token: Secret;
  readonly expiresAt: number;
}

export class PublishLinks {
  readonly #deps: PublishLinksDeps;

  constructor(deps: PublishLinksDeps) {
    this.#deps = deps;
  }

  async make(
    account: AccountId,
    wish: { readonly camera: CameraId; readonly minutes: number },
    by: Actor,
  ): Promise<{ readonly code: Secret; readonly expiresAt: number }> {
    const { catalog, clock, audit } = this.#deps;
    const code = new Secret(`sxl_${randomBytes(32).toString('base64url')}`);
    const now = clock.now();
    const expiresAt = now + wish.minutes * minuteMs;
    await catalog.tokens.add({
      ...{ accountId: account, hash: hashOf(code), name: `link to publish ${wish.camera}`, createdAt: now, expiresAt },
      ...{ actions: ['stream.publish'], cameras: [wish.camera] },
    });
    await catalog.durable();
    await audit.append({ kind: 'publish-link.made', ...by, detail: { camera: wish.camera, minutes: wish.minutes } });
    return { code, expiresAt };
  }

  /** Of those who come at once with the same code, one gets through. @throws Problem access/link-void (403) */
  async redeem(code: Secret, address: string): Promise<RedeemedLink> {
    const { catalog, tokens, clock, audit } = this.#deps;
    const row = pattern.test(code.reveal())
      ? await catalog.transaction(async (queries) => {
          const found = await queries.tokens.byHash(hashOf(code));
          if (found !== undefined) await queries.tokens.remove(found.id);
          return found;
        })
      : undefined;
    const camera = row?.cameras?.[0];
    if (row === undefined || camera === undefined || row.expiresAt <= clock.now()) {
      await audit.append({ kind: 'publish-link.failed', who: null, from: address });
      throw linkVoid();
    }
    const by = { who: null, from: address };
    const wish = {
      name: `device as ${camera}`,
      actions: ['stream.publish'],
      cameras: [camera],
      days: deviceDays,
    } as const;
    const { row: made, token } = await tokens.make(row.accountId, wish, by);
    await audit.append({ kind: 'publish-link.used', ...by, detail: { camera, token: made.id } });
    return { camera, token, expiresAt: made.expiresAt };
  }
}

function hashOf(code: Secret): string {
  return createHash('sha256').update(code.reveal()).digest('hex');
}
