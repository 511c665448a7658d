/**
 * Cameras that answer on the local networks: WS-Discovery 1.1 §5.2 as ONVIF uses it (ONVIF Core §7). One probe to a multicast
 * group on each interface, answers for some seconds. Whoever answers can say anything, so little is believed: the
 * address that it names must be its own, and one that the guard permits.
 */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { AddressGuard } from '../base/address-guard.ts';
import type { Log } from '../base/log.ts';
import { describeError } from '../base/problem.ts';
import { pause } from '../base/wait.ts';
import { elementsOf, escapeXml, textAt, tryParseXml } from './xml.ts';

export interface DiscoveredCamera {
  readonly address: string;
  /** Of its ONVIF service, on that address. */
  readonly service: string;
  /** What it calls itself and its model; empty where it doesn't say. Any printable text. */
  readonly name: string;
  readonly model: string;
}

export interface DiscoveryOptions {
  readonly guard: AddressGuard;
  readonly log: Log;
  /** How long answers are waited for. Default 2 s: devices spread them over half a second (APP_MAX_DELAY) and a little more. */
  readonly waitMs?: number;
}

const group = '239.255.255.250';
const port = 3702;
const maxAnswerBytes = 32 * 1024;
/** A network with more is none that one looks through in a list; one device that answers without end isn't listened to. */
const mostCameras = 500;
const mostAnswers = 5000;
/** Multicast gets lost (SOAP-over-UDP §4.1 repeats as well). */
const probes = 2;
const betweenProbesMs = 300;

/** In order of their addresses, each once. Never rejects: an interface that can't send is left out. */
export async function discoverCameras(options: DiscoveryOptions, signal: AbortSignal): Promise<DiscoveredCamera[]> {
  const { guard } = options;
  const found = new Map<string, DiscoveredCamera>();
  const interfaces = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    // Loopback only where cameras may be on it.
    .filter(({ family, address }) => family === 'IPv4' && guard.permits(address));
  await Promise.all(interfaces.map(({ address }) => probe(address, options, found, signal)));
  return [...found.values()].toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
}

/** One search at a time: who asks while one runs gets its answer. */
export class CameraSearch {
  readonly #options: DiscoveryOptions;
  readonly #signal: AbortSignal;
  #running: Promise<readonly DiscoveredCamera[]> | undefined;

  constructor(options: DiscoveryOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  find(): Promise<readonly DiscoveredCamera[]> {
    this.#running ??= discoverCameras(this.#options, this.#signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}

async function probe(
  from: string,
  { guard, log, waitMs = 2000 }: DiscoveryOptions,
  found: Map<string, DiscoveredCamera>,
  signal: AbortSignal,
): Promise<void> {
  const socket = createSocket('udp4');
  const messageId = `urn:uuid:${randomUUID()}`;
  let answers = 0;
  try {
    socket.on('error', (error) => log.debug({ from, ...describeError(error) }, 'discovery failed on an interface'));
    socket.on('message', (message, sender) => {
      if (++answers > mostAnswers || message.length > maxAnswerBytes || found.size >= mostCameras) return;
      const camera = tryProbeMatch(message.toString('utf8'), messageId, sender.address, guard);
      if (camera !== undefined && !found.has(camera.address)) found.set(camera.address, camera);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, from, resolve);
    });
    socket.setMulticastInterface(from);
    socket.setMulticastTTL(1);
    for (let i = 0; i < probes && !signal.aborted; i++) {
      socket.send(probeMessage(messageId), port, group);
      await pause(betweenProbesMs, signal);
    }
    await pause(Math.max(0, waitMs - probes * betweenProbesMs), signal);
  } catch (error) {
    log.debug({ from, ...describeError(error) }, 'discovery failed on an interface');
  } finally {
    socket.close();
  }
}

/** A camera in an answer to that probe; undefined for anything else. */
export function tryProbeMatch(
  message: string,
  messageId: string,
  sender: string,
  guard: AddressGuard,
): DiscoveredCamera | undefined {
  const root = tryParseXml(message);
  if (textAt(root, 'RelatesTo') !== messageId || !guard.permits(sender)) return undefined;
  for (const match of elementsOf(root, 'ProbeMatch')) {
    const service = (textAt(match, 'XAddrs') ?? '').split(/\s+/, 16).find((address) => isServiceOf(address, sender));
    if (service === undefined) continue;
    const scopes = (textAt(match, 'Scopes') ?? '').split(/\s+/, 100);
    return { address: sender, service, name: scope(scopes, 'name'), model: scope(scopes, 'hardware') };
  }
  return undefined;
}

/** An address that names another host leads elsewhere, and is never asked: the password would go there too. */
function isServiceOf(text: string, sender: string): boolean {
  if (text.length > 512) return false;
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname === sender;
}

/** `onvif://www.onvif.org/name/Front%20door` */
function scope(scopes: readonly string[], kind: string): string {
  const prefix = `onvif://www.onvif.org/${kind}/`;
  const text = scopes.find((one) => one.toLowerCase().startsWith(prefix))?.slice(prefix.length) ?? '';
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // as it was sent
  }
  return plain
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, 100);
}

function probeMessage(messageId: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"' +
    ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"' +
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>' +
    `<w:MessageID>${escapeXml(messageId)}</w:MessageID>` +
    '<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>' +
    '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action>' +
    '</e:Header><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>'
  );
}
