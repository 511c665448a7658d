/**
 * Digest and Basic of RFC 7616, RFC 2617 and RFC 2069, MD5 and SHA-256, `qop=auth` and none. Texts are Latin-1 as in
 * `message.ts`; user names and passwords are Unicode and hashed as UTF-8.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import { parseAuthItems } from './auth-parameters.ts';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

export interface Challenges {
  /** The best Digest challenge that we can answer. */
  readonly digest: DigestChallenge | undefined;
  /** Digest was offered, though perhaps in a form that we can't answer: enough for never to send Basic. */
  readonly digestOffered: boolean;
  readonly basicOffered: boolean;
}

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  /** The challenge named its algorithm, so the answer does too. */
  readonly namesAlgorithm: boolean;
  /** `qop=auth` was offered; else the answer is that of RFC 2069. */
  readonly qop: boolean;
  readonly opaque: string | undefined;
  /** The credentials may be right, only the nonce was old. */
  readonly stale: boolean;
}

/** @param fields all WWW-Authenticate fields of a response */
export function parseChallenges(fields: readonly string[]): Challenges {
  const items = fields.slice(0, 16).flatMap(parseAuthItems);
  const digests = items.filter((item) => item.scheme === 'digest').map((item) => digestChallenge(item.parameters));
  const usable = digests.filter((challenge) => challenge !== undefined);
  return {
    digest: usable.find((challenge) => challenge.algorithm === 'SHA-256') ?? usable[0],
    digestOffered: digests.length > 0,
    basicOffered: items.some((item) => item.scheme === 'basic'),
  };
}

function digestChallenge(parameters: ReadonlyMap<string, string>): DigestChallenge | undefined {
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  const named = parameters.get('algorithm');
  const algorithm = parseAlgorithm(named);
  const qop = parameters.get('qop');
  if (realm === undefined || nonce === undefined || nonce === '' || algorithm === undefined) return undefined;
  if (qop !== undefined && !/(?:^|[\s,])auth(?:$|[\s,])/i.test(qop)) return undefined;
  return {
    realm,
    nonce,
    algorithm,
    namesAlgorithm: named !== undefined,
    qop: qop !== undefined,
    opaque: parameters.get('opaque'),
    stale: /^true$/i.test(parameters.get('stale') ?? ''),
  };
}

function parseAlgorithm(name: string | undefined): DigestAlgorithm | undefined {
  const upper = (name ?? 'MD5').toUpperCase();
  return upper === 'MD5' || upper === 'SHA-256' ? upper : undefined;
}

function hash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text, 'latin1')
    .digest('hex');
}

/** Unicode text as the Latin-1 text of its UTF-8 bytes. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What a server may store in place of a password: H(user:realm:password), RFC 7616 §3.4.2. As good as the password for Digest. */
export function digestHa1(algorithm: DigestAlgorithm, username: string, realm: string, password: Secret): Secret {
  return new Secret(hash(algorithm, `${utf8(username)}:${realm}:${utf8(password.reveal())}`));
}

function digestResponse(
  algorithm: DigestAlgorithm,
  ha1: Secret,
  nonce: string,
  counted: { readonly nc: string; readonly cnonce: string } | undefined,
  method: string,
  uri: string,
): string {
  const middle = counted === undefined ? nonce : `${nonce}:${counted.nc}:${counted.cnonce}:auth`;
  return hash(algorithm, `${ha1.reveal()}:${middle}:${hash(algorithm, `${method}:${uri}`)}`);
}

export interface ClientCredentials {
  readonly username: string;
  readonly password: Secret;
}

/** @param count how often this nonce has been used, this time included (`nc`) */
export function answerDigest(
  challenge: DigestChallenge,
  credentials: ClientCredentials,
  method: string,
  uri: string,
  count: number,
): string {
  const { algorithm, realm, nonce } = challenge;
  const nc = count.toString(16).padStart(8, '0');
  const cnonce = randomBytes(16).toString('hex');
  const counted = challenge.qop ? { nc, cnonce } : undefined;
  const ha1 = digestHa1(algorithm, credentials.username, realm, credentials.password);
  const response = digestResponse(algorithm, ha1, nonce, counted, method, uri);
  const username = utf8(credentials.username).replace(/["\\]/g, '\\$&');
  return [
    `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}"`,
    ...(challenge.namesAlgorithm ? [`algorithm=${algorithm}`] : []),
    ...(challenge.opaque === undefined ? [] : [`opaque="${challenge.opaque}"`]),
    ...(counted === undefined ? [] : [`qop=auth, nc=${nc}, cnonce="${cnonce}"`]),
  ].join(', ');
}

export function answerBasic(credentials: ClientCredentials): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password.reveal()}`, 'utf8').toString('base64')}`;
}

export interface DigestAuthorization {
  readonly kind: 'digest';
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  /** With `qop=auth`: the count of uses of the nonce, and the client's nonce. */
  readonly counted: { readonly nc: string; readonly cnonce: string } | undefined;
}

export interface BasicAuthorization {
  readonly kind: 'basic';
  readonly username: string;
  readonly password: Secret;
}

/** What a client sent, or undefined for what is neither whole Digest nor Basic. */
export function parseAuthorization(field: string): DigestAuthorization | BasicAuthorization | undefined {
  const basic = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(field);
  if (basic !== null) {
    const pair = Buffer.from(basic[1]!, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon === -1) return undefined;
    return { kind: 'basic', username: pair.slice(0, colon), password: new Secret(pair.slice(colon + 1)) };
  }
  const [item, another] = parseAuthItems(field);
  if (item?.scheme !== 'digest' || another !== undefined) return undefined;
  const { parameters } = item;
  const algorithm = parseAlgorithm(parameters.get('algorithm'));
  const username = parameters.get('username');
  const [realm, nonce, uri] = [parameters.get('realm'), parameters.get('nonce'), parameters.get('uri')];
  const response = parameters.get('response')?.toLowerCase();
  if (algorithm === undefined || username === undefined || realm === undefined) return undefined;
  if (nonce === undefined || uri === undefined || response === undefined) return undefined;
  const [nc, cnonce] = [parameters.get('nc'), parameters.get('cnonce')];
  const qop = parameters.get('qop');
  let counted: DigestAuthorization['counted'];
  if (qop !== undefined) {
    if (qop.toLowerCase() !== 'auth' || nc === undefined || cnonce === undefined) return undefined;
    if (!/^[0-9a-f]{8}$/i.test(nc)) return undefined;
    counted = { nc, cnonce };
  }
  const name = Buffer.from(username.replace(/\\(.)/gs, '$1'), 'latin1').toString('utf8');
  return { kind: 'digest', username: name, realm, nonce, uri, response, algorithm, counted };
}

/** Did the sender of `authorization` know the password behind `ha1`? In constant time. */
export function verifyDigest(authorization: DigestAuthorization, ha1: Secret, method: string): boolean {
  const { algorithm, nonce, counted, uri } = authorization;
  const expected = Buffer.from(digestResponse(algorithm, ha1, nonce, counted, method, uri), 'latin1');
  const given = Buffer.from(authorization.response, 'latin1');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
