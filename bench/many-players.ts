/**
 * Players of one stream in a process of their own: they take what they are sent and count it.
 *
 *     node bench/many-players.ts RTSP-URL COUNT      password in RTSP_PASSWORD; prints {"playing": COUNT}; on SIGTERM {"bytes": […]}
 */
import type { Socket } from 'node:net';
import { connect } from 'node:net';

const url = new URL(process.argv[2] ?? '');
const count = Number(process.argv[3]);
const authorization = `Basic ${Buffer.from(`${url.username}:${process.env['RTSP_PASSWORD']}`).toString('base64')}`;
const target = `rtsp://${url.host}${url.pathname}`;
const bytes: number[] = [];
let playing = 0;

function player(number: number): void {
  const socket: Socket = connect({ host: url.hostname, port: Number(url.port) });
  const steps = [
    ['DESCRIBE', target, ''],
    ['SETUP', `${target}/track0`, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n'],
    ['PLAY', target, ''],
  ] as const;
  let step = 0;
  let session = '';
  let control = '';
  let text = '';
  bytes[number] = 0;
  const ask = (): void => {
    const [method, to, fields] = steps[step]!;
    const where = method === 'SETUP' && control !== '' ? control : to;
    socket.write(
      `${method} ${where} RTSP/1.0\r\nCSeq: ${step + 1}\r\nAuthorization: ${authorization}\r\n${session}${fields}\r\n`,
    );
  };
  socket.on('error', (error) => console.error(error.message));
  socket.on('connect', ask);
  socket.on('data', (chunk) => {
    if (step === steps.length) {
      bytes[number]! += chunk.length;
      return;
    }
    text += chunk.toString('latin1');
    if (!text.includes('\r\n\r\n')) return;
    if (!text.startsWith('RTSP/1.0 200')) {
      console.error(text.split('\r\n')[0]);
      process.exit(1);
    }
    const id = /^session: *([^;\r]+)/im.exec(text)?.[1];
    if (id !== undefined) session = `Session: ${id}\r\n`;
    const named = /^a=control:(?!\*)(\S+)/im.exec(text)?.[1];
    if (named !== undefined) control = named.startsWith('rtsp:') ? named : `${target}/${named}`;
    text = '';
    step++;
    if (step < steps.length) ask();
    else if (++playing === count) console.log(JSON.stringify({ playing }));
    else player(playing);
  });
}

// One after the other: passwords are checked some at a time, and who comes in a crowd is told to come back.
player(0);
process.on('SIGTERM', () => {
  console.log(JSON.stringify({ bytes }));
  process.exit(0);
});
