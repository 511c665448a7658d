/**
 * Damaged input for everything that reads what the network sends: examples, changed at random, by a seed. A parser may
 * give a value or its own fault, and may take its time by the length of the input only; anything else is told with
 * seed and input, so that it can be made a test.
 *
 *     node tools/fuzz.ts [--inputs 10000000] [--seed 1] [--target NAME]
 */
import { parseArgs } from 'node:util';
import { elementsOf, tryParseXml } from '../src/cameras/xml.ts';
import { FlvReader } from '../src/media/flv-reader.ts';
import { h264Format, tryH264PpsId, tryH264Sps } from '../src/media/h264.ts';
import { tryH265PpsId, tryH265Sps } from '../src/media/h265.ts';
import { fromAnnexB, lengthPrefixed, nalType, nalUnits, startsPicture } from '../src/media/nal.ts';
import { createDepacketizer } from '../src/rtp/depacketizer.ts';
import { trySenderReport } from '../src/rtp/rtcp.ts';
import { parseAuthorization, parseChallenges } from '../src/rtsp/digest.ts';
import { MessageFault } from '../src/rtsp/message.ts';
import { MessageReader } from '../src/rtsp/message-reader.ts';
import { baseUrl, controlUrl, requestedPath } from '../src/rtsp/request-url.ts';
import { parseSdp } from '../src/rtsp/sdp.ts';
import { parseSession, parseTransport } from '../src/rtsp/transport.ts';

interface Target {
  readonly name: string;
  readonly examples: readonly Buffer[];
  /** Pieces that mean something to the parser; put in at random. */
  readonly words: readonly string[];
  readonly read: (input: Buffer) => void;
}

/** A small generator with a seed: the same inputs on every machine. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sps = '6742c00ad90426c044000003000400000300783c489920';
const pps = '68cb83cb20';
const h265Sps = '42010101600000030090000003000003003ca00a08040596ea4932bc05a020000003002000000301e1';
const text = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'), 'latin1');
const rtp = (...payload: number[]): Buffer => Buffer.from([0x80, 0xe0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, ...payload]);

function readMessages(input: Buffer): void {
  const reader = new MessageReader();
  try {
    // In two pieces: what waits for more has to be kept.
    for (const part of [input.subarray(0, input.length >> 1), input.subarray(input.length >> 1)]) {
      reader.push(part);
      while (reader.next() !== undefined);
    }
  } catch (error) {
    if (!(error instanceof MessageFault)) throw error;
  }
}

const clock = { now: () => 1_790_000_000_000, monotonicMs: () => 0 };
const tracks = (['H264', 'H265'] as const).map((encoding) => ({
  ...{ kind: 'video' as const, encoding, clockRate: 90_000, payloadType: 96 },
  fmtp: {},
}));
const aac = {
  ...{ kind: 'audio' as const, encoding: 'MPEG4-GENERIC', clockRate: 48_000, payloadType: 96 },
  fmtp: { config: '1190', sizelength: '13', indexlength: '3', indexdeltalength: '3' },
};

/** The input cut into packets by its own first bytes. */
function readPackets(input: Buffer): void {
  for (const track of [...tracks, aac]) {
    const target = createDepacketizer(track, { clock, onSample: () => {}, limits: { pictureBytes: 4096 } });
    let sequence = 0;
    for (let at = 0; at < input.length; ) {
      const length = 4 + (input[at]! & 0x3f);
      const packet = Buffer.concat([rtp().subarray(0, 12), input.subarray(at + 1, at + 1 + length)]);
      sequence += 1 + (input[at]! >> 7);
      packet.writeUInt16BE(sequence & 0xffff, 2);
      packet[1] = 0x60 | ((input[at]! & 0x40) << 1);
      packet[7] = sequence >> 2;
      target.rtp(packet, 0);
      at += 1 + length;
    }
    target.rtp(input, 0);
    target.rtcp(input, 0);
  }
}

function readNal(input: Buffer): void {
  const units = [...nalUnits(input), ...fromAnnexB(input)];
  nalUnits(lengthPrefixed(units));
  for (const unit of [input, ...units.slice(0, 8)]) {
    if (unit.length === 0) continue;
    for (const codec of ['h264', 'h265'] as const) {
      nalType(codec, unit);
      startsPicture(codec, unit);
    }
    tryH264PpsId(unit);
    tryH265PpsId(unit);
    tryH265Sps(unit);
    if (tryH264Sps(unit) !== undefined) h264Format(unit, Buffer.from(pps, 'hex'));
  }
}

const targets: readonly Target[] = [
  {
    name: 'rtsp-message',
    examples: [
      text('OPTIONS rtsp://h/p RTSP/1.0', 'CSeq: 1', 'Session: a;timeout=60', '', ''),
      text('RTSP/1.0 200 OK', 'CSeq: 2', 'Content-Length: 4', '', 'abcdRTSP/1.0 401 No', 'CSeq: 3', '', ''),
      Buffer.concat([Buffer.from([0x24, 0, 0, 16]), rtp(0x65, 0x88, 1, 2), Buffer.from([0x24, 1, 0, 0])]),
    ],
    words: ['\r\n', '\r\n\r\n', 'CSeq: ', 'Content-Length: ', 'RTSP/1.0 ', '$', ' ', ':', '99999999999', '\t', '\0'],
    read: readMessages,
  },
  {
    name: 'sdp',
    examples: [
      text(
        ...['v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=x', 'a=control:*', 'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000'],
        `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${Buffer.from(sps, 'hex').toString('base64')}`,
        ...['a=control:trackID=0', 'm=audio 0 RTP/AVP 8 97', 'a=rtpmap:97 MPEG4-GENERIC/48000/2', ''],
      ),
    ],
    words: ['m=', 'a=', 'a=rtpmap:', 'a=fmtp:', 'a=control:', '\r\n', '\n', ';', '=', '/', ' ', '96', 'rtsp://'],
    read: (input) => void parseSdp(input),
  },
  {
    name: 'rtp',
    examples: [
      rtp(0x7c, 0x85, 1, 2, 3),
      Buffer.from(`40${sps}06${pps}45658801020304416588010203`, 'hex'),
      Buffer.from('4a1800056742c00ad900046841cb83', 'hex'),
      Buffer.from('0500200018001001020304', 'hex'),
    ],
    words: ['\x7c\x85', '\x7c\x05', '\x7c\x45', '\x18\0\x02', '\x62\x01\x93', '\x60\x01\0\x02', '\x65\x88', '\x80\x60'],
    read: (input) => {
      readPackets(input);
      trySenderReport(input);
    },
  },
  {
    name: 'nal',
    examples: [
      Buffer.from(sps, 'hex'),
      Buffer.from(h265Sps, 'hex'),
      Buffer.from(`00000001${sps}000001${pps}00000165880102`, 'hex'),
      Buffer.from(`00000017${sps}00000005${pps}`, 'hex'),
    ],
    words: ['\0\0\x01', '\0\0\x03', '\0\0\0\x01', '\xff\xff\xff\xff', '\x67', '\x42\x01', '\x44\x01', '\0\0\0\0'],
    read: readNal,
  },
  {
    name: 'digest',
    examples: [
      text('Digest realm="a", nonce="b", qop="auth,auth-int", algorithm=SHA-256, stale=true, Basic realm="c"'),
      text('Digest username="u", realm="r", nonce="n", uri="/p", response="0123", qop=auth, nc=00000001, cnonce="c"'),
      text('Basic dXNlcjpwYXNz'),
      text('RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1;mode="record",RTP/AVP;client_port=1-2'),
    ],
    words: ['Digest ', 'Basic ', '"', '\\"', ',', '=', ' ', 'realm=', 'nonce=', 'algorithm=MD5', ';', '-', '%41'],
    read: (input) => {
      const value = input.toString('latin1');
      parseChallenges([value, value.slice(value.length >> 1)]);
      parseAuthorization(value);
      parseTransport(value);
      parseSession(value);
      const base = baseUrl('rtsp://h/p', value, undefined);
      controlUrl(base, value);
      requestedPath(value);
    },
  },
  {
    name: 'xml',
    examples: [text('<?xml version="1.0"?><a:b c="d"><e/>&amp;<![CDATA[x]]><!-- y --><f>g</f></a:b>')],
    words: ['<', '>', '</', '/>', '"', "'", '&amp;', '&#x41;', '<![CDATA[', ']]>', '<!--', '-->', '<?', '<!DOCTYPE'],
    read: (input) => void elementsOf(tryParseXml(input.toString('utf8')), 'f'),
  },
  {
    name: 'flv',
    examples: [
      Buffer.from(
        `464c5601010000000900000000090000220000000000000017000000000142c00affe10017${sps}010005${pps}`,
        'hex',
      ),
    ],
    words: ['\x09\0\0', '\x08\0\0', '\x17\x01', '\xaf\0', '\xaf\x01', '\x12', '\xff\xff\xff', '\0\0\0\0'],
    read: (input) => void new FlvReader(() => {}).push(Buffer.from(input)),
  },
];

/** One to eight changes of an example; now and then it is made long. */
function changed(target: Target, random: () => number): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  let input = Buffer.from(pick(target.examples));
  for (let changes = 1 + Math.floor(random() * 8); changes > 0; changes--) {
    const at = Math.floor(random() * (input.length + 1));
    const to = Math.min(input.length, at + Math.floor(random() * 12));
    switch (Math.floor(random() * 6)) {
      case 0:
        if (at < input.length) input[at] = Math.floor(random() * 256);
        break;
      case 1:
        if (at < input.length) input[at]! ^= 1 << Math.floor(random() * 8);
        break;
      case 2:
        input = Buffer.concat([input.subarray(0, at), input.subarray(to)]);
        break;
      case 3:
        input = Buffer.concat([input.subarray(0, at), Buffer.from(pick(target.words), 'latin1'), input.subarray(at)]);
        break;
      case 4:
        input = Buffer.concat([input.subarray(0, to), input.subarray(at)]);
        break;
      default: {
        const piece = random() < 0.5 ? Buffer.from(pick(target.words), 'latin1') : input.subarray(at, to);
        const times = random() < 0.002 ? 2000 : Math.floor(random() * 8);
        input = Buffer.concat([input.subarray(0, at), ...new Array<Buffer>(times).fill(piece), input.subarray(at)]);
      }
    }
  }
  return input;
}

export interface FuzzResult {
  readonly name: string;
  readonly inputs: number;
  /** Nanoseconds of the slowest input for each of its bytes (and 256 more, which any input costs). */
  readonly slowestNsPerByte: number;
}

/** What a byte may cost at most, with an order of magnitude to spare: a parser that is quadratic is far beyond. */
const mostNsPerByte = 20_000;

/** @throws Error with the input, where a parser throws or is slow */
export function fuzz(inputsPerTarget: number, seed: number, only?: string): FuzzResult[] {
  return targets
    .filter(({ name }) => only === undefined || name === only)
    .map((target) => {
      const random = generator(seed);
      let slowest = 0;
      for (let i = 0; i < inputsPerTarget; i++) {
        const input = changed(target, random);
        const say = (why: string, cause?: unknown) =>
          new Error(`${target.name}, seed ${seed}, input ${i}: ${why}: ${input.toString('hex').slice(0, 4000)}`, {
            cause,
          });
        const once = (): number => {
          const began = process.hrtime.bigint();
          try {
            target.read(input);
          } catch (error) {
            throw say(`threw ${String(error)}`, error);
          }
          return Number(process.hrtime.bigint() - began) / (input.length + 256);
        };
        let cost = once();
        // The collector, or another program: the input's own cost is the least of some.
        for (let again = 0; again < 5 && cost > slowest; again++) cost = Math.min(cost, once());
        if (cost > mostNsPerByte) throw say(`took ${Math.round(cost)} ns a byte`);
        slowest = Math.max(slowest, cost);
      }
      return { name: target.name, inputs: inputsPerTarget, slowestNsPerByte: Math.round(slowest) };
    });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: '1' },
      target: { type: 'string' },
    },
  });
  const count = values.target === undefined ? targets.length : 1;
  for (const result of fuzz(Math.ceil(Number(values.inputs) / count), Number(values.seed), values.target))
    console.log(JSON.stringify(result));
}
