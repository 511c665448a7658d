/** One try to come in over RTSP by Digest (RFC 7616), as ffmpeg does it. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { System } from './sentrix.ts';

/** The status of DESCRIBE for `path` with these credentials, from this address. 0 where the connection was closed. */
export async function guessRtsp(
  system: System,
  path: string,
  credentials: { readonly username: string; readonly password: string },
  from = '127.0.0.1',
): Promise<number> {
  const { hostname, port } = new URL(system.ready.rtsp);
  const uri = `${system.ready.rtsp}/${path}`;
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  socket.on('error', () => {});
  let received = '';
  const answer = async (): Promise<string> => {
    while (!received.includes('\r\n\r\n')) {
      const more = await new Promise<Buffer | undefined>((resolve) => {
        socket.once('data', resolve);
        socket.once('close', () => resolve(undefined));
      });
      if (more === undefined) return '';
      received += more.toString();
    }
    const whole = received;
    received = '';
    return whole;
  };
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  socket.write(`DESCRIBE ${uri} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  const first = await answer();
  const challenge = /Digest realm="([^"]+)", nonce="([^"]+)", algorithm=MD5/.exec(first);
  if (challenge === null) throw new Error(`no challenge: ${first}`);
  const [, realm, nonce] = challenge;
  const ha1 = md5(`${credentials.username}:${realm}:${credentials.password}`);
  const response = md5(`${ha1}:${nonce}:00000001:c0ffee:auth:${md5(`DESCRIBE:${uri}`)}`);
  const fields = [
    `username="${credentials.username}", realm="${realm}", nonce="${nonce}", uri="${uri}"`,
    `response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c0ffee"`,
  ];
  socket.write(`DESCRIBE ${uri} RTSP/1.0\r\nCSeq: 2\r\nAuthorization: Digest ${fields.join(', ')}\r\n\r\n`);
  const second = await answer();
  socket.destroy();
  return Number(/^RTSP\/1\.0 (\d{3})/.exec(second)?.[1] ?? 0);
}
