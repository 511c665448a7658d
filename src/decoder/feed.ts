/**
 * How samples are written to the decoder: fragmented MP4 with one video track and one sample a fragment, just enough of
 * ISO/IEC 14496-12 for ffmpeg's demuxer, which then needs no probing and keeps every time stamp as it is.
 */
import type { VideoFormat } from '../media/sample.ts';

const trackId = 1;
const matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/** `ftyp` and `moov` for one format. */
export function feedHead(format: VideoFormat): Uint8Array {
  const { timeScale, width, height } = format;
  const entry = box(
    format.codec === 'h264' ? 'avc1' : 'hvc1',
    u32(0, 1),
    u32(0, 0, 0, 0),
    u32(width * 0x10000 + height, 0x480000, 0x480000, 0),
    Buffer.from([0, 1]),
    Buffer.alloc(32),
    Buffer.from([0, 24, 0xff, 0xff]),
    box(format.codec === 'h264' ? 'avcC' : 'hvcC', format.configuration),
  );
  const sampleTable = box(
    'stbl',
    box('stsd', u32(0, 1), entry),
    box('stts', u32(0, 0)),
    box('stsc', u32(0, 0)),
    box('stsz', u32(0, 0, 0)),
    box('stco', u32(0, 0)),
  );
  const media = box(
    'mdia',
    box('mdhd', u32(0, 0, 0, timeScale, 0, 0x55c40000)),
    box('hdlr', u32(0, 0), Buffer.from('vide'), u32(0, 0, 0), Buffer.from([0])),
    box('minf', box('vmhd', u32(1, 0, 0)), box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))), sampleTable),
  );
  const track = box(
    'trak',
    box('tkhd', u32(3, 0, 0, trackId, 0, 0, 0, 0, 0, 0), u32(...matrix), u32(width * 0x10000, height * 0x10000)),
    media,
  );
  return Buffer.concat([
    box('ftyp', Buffer.from('isom'), u32(0), Buffer.from('isomiso5')),
    box(
      'moov',
      box(
        'mvhd',
        u32(0, 0, 0, timeScale, 0, 0x10000, 0x1000000, 0, 0),
        u32(...matrix),
        u32(0, 0, 0, 0, 0, 0, trackId + 1),
      ),
      track,
      box('mvex', box('trex', u32(0, trackId, 1, 0, 0, 0))),
    ),
  ]);
}

/** Length of what `fragmentHead` returns: moof (mfhd, traf: tfhd, tfdt, trun) and the header of mdat. */
const moofBytes = 8 + 16 + 8 + 16 + 20 + 36;

/**
 * Everything of a fragment in front of the sample's data. `dts` is at least 0, in ticks; `ptsOffset` may be negative.
 * Hot: once a sample.
 */
export function fragmentHead(
  sequence: number,
  dts: number,
  ptsOffset: number,
  durationTicks: number,
  keyframe: boolean,
  sizeBytes: number,
): Uint8Array {
  const bytes = new Uint8Array(moofBytes + 8);
  const view = new DataView(bytes.buffer);
  const words = [
    moofBytes,
    0x6d6f6f66 /* moof */,
    16,
    0x6d666864 /* mfhd */,
    0,
    sequence,
    moofBytes - 24,
    0x74726166 /* traf */,
    16,
    0x74666864 /* tfhd */,
    0x020000 /* default-base-is-moof */,
    trackId,
    20,
    0x74666474 /* tfdt */,
    0x01000000,
    Math.floor(dts / 2 ** 32),
    dts % 2 ** 32,
    // data offset, then for the sample: duration, size, flags, composition offset (version 1: signed)
    36,
    0x7472756e /* trun */,
    0x01000f01,
    1,
    moofBytes + 8,
    durationTicks,
    sizeBytes,
    keyframe ? 0x02000000 : 0x01010000,
    ptsOffset,
    8 + sizeBytes,
    0x6d646174 /* mdat */,
  ]; // prettier would make a line of each
  for (let index = 0; index < words.length; index++) view.setUint32(index * 4, words[index]! >>> 0);
  return bytes;
}

function box(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.reduce((sum, part) => sum + part.length, 8));
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...content]);
}

function u32(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value >>> 0, index * 4);
  });
  return bytes;
}
