/**
 * What streams an ONVIF device has: its media service, profiles and their addresses (ONVIF Core §8, Media §5), asked with
 * WS-UsernameToken (OASIS Web Services Security UsernameToken Profile 1.0 §3.1). Whatever addresses it names, everything
 * goes to the host that it was found at: it may know itself by another one behind a router, and a password goes nowhere else.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { AddressGuard } from '../base/address-guard.ts';
import type { Clock } from '../base/clock.ts';
import { Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import { unauthorized } from '../rtsp/problems.ts';
import { askHttp, readBody } from './http-request.ts';
import type { XmlElement } from './xml.ts';
import { elementsOf, escapeXml, textAt, tryParseXml } from './xml.ts';

export interface OnvifDevice {
  /** Of its device service, as discovery or a person gives it. */
  readonly service: URL;
  readonly credentials?: { readonly username: string; readonly password: Secret } | undefined;
  readonly guard: AddressGuard;
  readonly accept: (fingerprint: string, trusted: boolean) => boolean;
  readonly clock: Clock;
}

export interface OnvifStream {
  readonly name: string;
  /** `rtsp:` without user and password, on the device's host. */
  readonly url: URL;
  /** As the device writes it: H264, JPEG, …; undefined where it doesn't say. */
  readonly encoding: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

const answerMs = 5000;
const maxAnswerBytes = 512 * 1024;
const mostProfiles = 16;
const deviceNamespace = 'http://www.onvif.org/ver10/device/wsdl';
const mediaNamespace = 'http://www.onvif.org/ver10/media/wsdl';

/** @throws Problem `camera/…` that says what is wrong, `network/address-refused` */
export async function onvifStreams(device: OnvifDevice, signal: AbortSignal): Promise<OnvifStream[]> {
  const dialog = new SoapDialog(device, signal);
  await dialog.learnTime();
  const capabilities = await dialog.ask(
    device.service,
    'GetCapabilities',
    `<GetCapabilities xmlns="${deviceNamespace}"><Category>Media</Category></GetCapabilities>`,
  );
  const media = onHost(device.service, textAt(capabilities, 'Media', 'XAddr') ?? '');
  if (media === undefined) throw notUnderstood('GetCapabilities');
  const answer = await dialog.ask(media, 'GetProfiles', `<GetProfiles xmlns="${mediaNamespace}"/>`);
  const streams: OnvifStream[] = [];
  for (const profile of elementsOf(answer, 'Profiles').slice(0, mostProfiles)) {
    const { token } = profile.attributes;
    if (token === undefined) continue;
    const uri = await dialog.ask(
      media,
      'GetStreamUri',
      `<GetStreamUri xmlns="${mediaNamespace}"><StreamSetup>` +
        '<Stream xmlns="http://www.onvif.org/ver10/schema">RTP-Unicast</Stream>' +
        '<Transport xmlns="http://www.onvif.org/ver10/schema"><Protocol>RTSP</Protocol></Transport>' +
        `</StreamSetup><ProfileToken>${escapeXml(token)}</ProfileToken></GetStreamUri>`,
    );
    const stream = tryStream(device.service, profile, textAt(uri, 'Uri') ?? '');
    if (stream !== undefined) streams.push(stream);
  }
  return streams;
}

export interface ProposedStreams {
  readonly main: OnvifStream;
  /** For detection; undefined where there is none that is smaller. */
  readonly sub: OnvifStream | undefined;
}

/** The largest H.264 as main stream, and beside it the smallest that something can be seen in. */
export function proposeStreams(streams: readonly OnvifStream[]): ProposedStreams | undefined {
  const usable = streams.filter(({ encoding }) => encoding === undefined || /^H\.?26[45]$/i.test(encoding));
  const bySize = usable.toSorted((a, b) => b.width * b.height - a.width * a.height || b.fps - a.fps);
  const [main] = bySize;
  if (main === undefined) return undefined;
  const sub = bySize.findLast((one) => one.width >= 320 && one.width < main.width && one.url.href !== main.url.href);
  return { main, sub };
}

class SoapDialog {
  readonly #device: OnvifDevice;
  readonly #signal: AbortSignal;
  #skewMs = 0;

  constructor(device: OnvifDevice, signal: AbortSignal) {
    this.#device = device;
    this.#signal = signal;
  }

  /** A token counts for minutes by the device's own clock, which may show another year; that question needs no token. */
  async learnTime(): Promise<void> {
    const question = `<GetSystemDateAndTime xmlns="${deviceNamespace}"/>`;
    const answer = await this.#send(this.#device.service, 'GetSystemDateAndTime', question);
    const [utc] = elementsOf(answer, 'UTCDateTime');
    const part = (name: string): number => Number(textAt(utc, name));
    const at = Date.UTC(part('Year'), part('Month') - 1, part('Day'), part('Hour'), part('Minute'), part('Second'));
    if (Number.isFinite(at)) this.#skewMs = at - this.#device.clock.now();
  }

  ask(target: URL, action: string, body: string): Promise<XmlElement> {
    const { credentials, clock } = this.#device;
    const header = credentials === undefined ? '' : security(credentials, clock.now() + this.#skewMs);
    return this.#send(target, action, body, header);
  }

  async #send(target: URL, action: string, body: string, header = ''): Promise<XmlElement> {
    const { guard, accept } = this.#device;
    const envelope =
      '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">' +
      `<s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
    const namespace = target === this.#device.service ? deviceNamespace : mediaNamespace;
    const answer = await askHttp(
      // The token in the message is all that it gets; whatever asks for the password itself is refused.
      { url: target, dial: (host) => guard.dial(host), digestSeen: true, accept, limitMs: answerMs },
      {
        method: 'POST',
        headers: { 'Content-Type': `application/soap+xml; charset=utf-8; action="${namespace}/${action}"` },
        body: envelope,
      },
      this.#signal,
    ).catch((error: unknown) => {
      // A fault comes with 400 or 500; that of a wrong password with either, or with 401.
      const isRefusal =
        error instanceof Problem &&
        (error.code === 'camera/unauthorized' || [400, 500].includes(Number(error.safe['status'])));
      throw isRefusal ? refusedQuestion(header !== '') : error;
    });
    const limit = AbortSignal.timeout(answerMs);
    const end = (): void => void answer.destroy();
    limit.addEventListener('abort', end, { once: true });
    const root = tryParseXml((await readBody(answer, maxAnswerBytes)).toString('utf8'));
    limit.removeEventListener('abort', end);
    const [content] = elementsOf(root, 'Body');
    const [response] = content?.children ?? [];
    if (response?.name === 'Fault') throw refusedQuestion(header !== '');
    if (response?.name !== `${action}Response`) throw notUnderstood(action);
    return response;
  }
}

function refusedQuestion(hadPassword: boolean): Problem {
  return hadPassword
    ? unauthorized('the camera refuses the user name or password', 'many cameras have users of their own for ONVIF')
    : unauthorized('the camera asks for a password and none is given', 'name the user, and give the password');
}

function security(
  { username, password }: { readonly username: string; readonly password: Secret },
  at: number,
): string {
  const nonce = randomBytes(16);
  const created = new Date(at).toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password.reveal()).digest('base64');
  const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
  return (
    `<Security s:mustUnderstand="true" xmlns="${wsse}-wssecurity-secext-1.0.xsd"><UsernameToken>` +
    `<Username>${escapeXml(username)}</Username>` +
    `<Password Type="${wsse}-username-token-profile-1.0#PasswordDigest">${digest}</Password>` +
    `<Nonce EncodingType="${wsse}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</Nonce>` +
    `<Created xmlns="${wsse}-wssecurity-utility-1.0.xsd">${created}</Created></UsernameToken></Security>`
  );
}

function tryStream(service: URL, profile: XmlElement, uri: string): OnvifStream | undefined {
  const named = URL.parse(uri.slice(0, 1024));
  if (named === null || named.protocol !== 'rtsp:' || /[^\x21-\x7e]/.test(uri)) return undefined;
  const url = new URL(`rtsp://${service.hostname}${named.port === '' ? '' : `:${named.port}`}`);
  url.pathname = named.pathname;
  url.search = named.search;
  const [encoder] = elementsOf(profile, 'VideoEncoderConfiguration');
  const number = (...path: string[]): number => Math.max(0, Math.min(65_535, Number(textAt(encoder, ...path)) || 0));
  return {
    name: (textAt(profile, 'Name') ?? '').replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 100),
    url,
    encoding: textAt(encoder, 'Encoding')?.slice(0, 20),
    width: number('Resolution', 'Width'),
    height: number('Resolution', 'Height'),
    fps: number('RateControl', 'FrameRateLimit'),
  };
}

/** Path and port that the device names, on the host that it is known by. */
function onHost(service: URL, text: string): URL | undefined {
  const named = URL.parse(text.slice(0, 1024));
  if (named === null || named.protocol !== service.protocol) return undefined;
  const url = new URL(service);
  url.port = named.port;
  url.pathname = named.pathname;
  url.search = named.search;
  return url;
}

function notUnderstood(action: string): Problem {
  return new Problem('camera/not-onvif', 'what answers at this address does not speak ONVIF as we know it', {
    status: 503,
    hint: 'switch ONVIF on in the camera, or add it by the RTSP address in its manual with --source',
    safe: { action },
  });
}
