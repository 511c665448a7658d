/** An ONVIF camera's answers: found by multicast on loopback, asked over HTTP; its streams are somebody else's. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OnvifDeviceOptions {
  readonly username: string;
  readonly password: string;
  /** `rtsp:` addresses of its streams, as it names them: the large one first. */
  readonly streams: readonly string[];
  /** What it says the time is, ms from ours. */
  readonly clockSkewMs?: number;
  /** What it answers to a probe in place of its own address. */
  readonly claims?: string;
}

const sizes = [
  [1920, 1080],
  [640, 360],
] as const;

export class OnvifDevice implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #socket: Socket;
  readonly #options: OnvifDeviceOptions;

  private constructor(server: Server, socket: Socket, options: OnvifDeviceOptions) {
    this.#server = server;
    this.#socket = socket;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(options: OnvifDeviceOptions): Promise<OnvifDevice> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.bind(3702, '239.255.255.250');
    await once(socket, 'listening');
    socket.addMembership('239.255.255.250', '127.0.0.1');
    const device = new OnvifDevice(server, socket, options);
    socket.on('message', (message, { address, port }) => {
      const id = /MessageID>([^<]*)</.exec(message.toString())?.[1];
      if (id !== undefined) socket.send(device.#probeMatch(id), port, address);
    });
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      request.on('end', () => {
        const [status, answer] = device.#answer(body);
        response.writeHead(status, { 'Content-Type': 'application/soap+xml; charset=utf-8' });
        response.end(
          `<?xml version="1.0"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"><SOAP-ENV:Body>${answer}</SOAP-ENV:Body></SOAP-ENV:Envelope>`,
        );
      });
    });
    return device;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #probeMatch(id: string): string {
    const claims = this.#options.claims ?? `http://10.255.0.9/other http://127.0.0.1:${this.port}/onvif/device_service`;
    return `<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">
<SOAP-ENV:Header><wsa:RelatesTo>${id}</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>
<d:Types>dn:NetworkVideoTransmitter</d:Types>
<d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20door%1b[31m onvif://www.onvif.org/hardware/Model-7</d:Scopes>
<d:XAddrs>${claims}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>
</d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
  }

  #answer(body: string): readonly [status: number, body: string] {
    const action = /<s:Body><(\w+)/.exec(body)?.[1] ?? '';
    this.requests.push(action);
    const now = new Date(Date.now() + (this.#options.clockSkewMs ?? 0));
    if (action === 'GetSystemDateAndTime') {
      const time = `<tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second>`;
      const date = `<tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day>`;
      return ok(
        action,
        `<tds:SystemDateAndTime><tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime>`,
      );
    }
    if (!this.#isKnown(body, now.getTime())) {
      return [
        400,
        '<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>ter:NotAuthorized</SOAP-ENV:Value></SOAP-ENV:Code></SOAP-ENV:Fault>',
      ];
    }
    switch (action) {
      case 'GetCapabilities':
        // It knows itself by an address behind a router, as cameras do.
        return ok(
          action,
          `<tds:Capabilities><tt:Media><tt:XAddr>http://10.255.0.9:${this.port}/onvif/Media</tt:XAddr></tt:Media></tds:Capabilities>`,
        );
      case 'GetProfiles':
        return ok(
          action,
          this.#options.streams
            .map((_, i) => {
              const [width, height] = sizes[i]!;
              return `<trt:Profiles token="P${i}&amp;" fixed="true"><tt:Name>profile ${i}</tt:Name><tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>15</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>`;
            })
            .join(''),
        );
      case 'GetStreamUri': {
        const index = Number(/ProfileToken>P(\d)&#38;</.exec(body)?.[1]);
        return ok(
          action,
          `<trt:MediaUri><tt:Uri>${this.#options.streams[index]?.replaceAll('&', '&amp;')}</tt:Uri></trt:MediaUri>`,
        );
      }
      default:
        return [500, '<SOAP-ENV:Fault/>'];
    }
  }

  #isKnown(body: string, nowMs: number): boolean {
    const field = (name: string): string => new RegExp(`<${name}(?: [^>]*)?>([^<]*)<`).exec(body)?.[1] ?? '';
    const created = field('Created');
    const { username, password } = this.#options;
    const digest = createHash('sha1')
      .update(Buffer.from(field('Nonce'), 'base64'))
      .update(created)
      .update(password);
    return (
      field('Username') === username &&
      field('Password') === digest.digest('base64') &&
      Math.abs(Date.parse(created) - nowMs) < 10_000
    );
  }
}

function ok(action: string, body: string): readonly [number, string] {
  return [
    200,
    `<tds:${action}Response xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema">${body}</tds:${action}Response>`,
  ];
}
