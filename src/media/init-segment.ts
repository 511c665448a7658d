/**
 * The init segment of fragmented MP4: `ftyp` and a `moov` that describes tracks and holds no sample (ISO/IEC 14496-12
 * §8.8). Track ids are 1, 2, … in the order of the formats. Good for MSE, HLS and recordings alike.
 */
import { box, fullBox, u8, u16, u32, zeros } from './boxes.ts';
import { opusFormat } from './opus.ts';
import type { AudioFormat, Format, VideoFormat } from './sample.ts';

/** Ticks a second of the durations of the whole presentation, in Hz. */
export const movieTimeScale = 1000;

export interface InitSegmentOptions {
  /** UTC ms. Left out, the file has no time of making. */
  readonly createdAt?: number;
}

const unityMatrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** Formats are the tracks, in order; at least one. */
export function initSegment(formats: readonly Format[], options: InitSegmentOptions = {}): Uint8Array {
  // Seconds from 1904-01-01 to 1970-01-01 are 2082844800; 32 bits of them last until 2040.
  const created = options.createdAt === undefined ? 0 : Math.floor(options.createdAt / 1000) + 2082844800;
  const time = created > 0xffffffff ? 0 : created;
  const extendsParts = formats.map((_, i) => fullBox('trex', 0, 0, u32(i + 1, 1, 0, 0, 0)));
  const moov = box(
    'moov',
    movieHeader(time, formats.length + 1),
    ...formats.map((format, i) => track(format, i + 1, time)),
    box('mvex', ...extendsParts),
  );
  const ftyp = box('ftyp', 'iso6', u32(0), 'iso6', 'isom', 'mp41', 'dash');
  return Buffer.concat([ftyp, moov]);
}

function movieHeader(time: number, nextTrackId: number): Uint8Array {
  return fullBox(
    'mvhd',
    0,
    0,
    u32(time, time, movieTimeScale, 0, 0x10000),
    u16(0x0100, 0),
    zeros(8),
    unityMatrix,
    zeros(24),
    u32(nextTrackId),
  );
}

function track(format: Format, id: number, time: number): Uint8Array {
  const isVideo = format.kind === 'video';
  const [width, height] = isVideo ? [format.width, format.height] : [0, 0];
  const header = fullBox(
    'tkhd',
    0,
    7, // enabled, in movie, in preview
    u32(time, time, id, 0, 0, 0, 0),
    u16(0, 0, isVideo ? 0 : 0x0100, 0),
    unityMatrix,
    u32(width * 0x10000, height * 0x10000),
  );
  const handler = isVideo ? 'vide' : 'soun';
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(time, time, format.timeScale, 0), u16(0x55c4, 0)), // language "und"
    fullBox('hdlr', 0, 0, u32(0), handler, zeros(12), isVideo ? 'video\0' : 'audio\0'),
    box(
      'minf',
      isVideo ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4)),
      box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
      box(
        'stbl',
        fullBox('stsd', 0, 0, u32(1), isVideo ? visualEntry(format) : audioEntry(format)),
        fullBox('stts', 0, 0, u32(0)),
        fullBox('stsc', 0, 0, u32(0)),
        fullBox('stsz', 0, 0, u32(0, 0)),
        fullBox('stco', 0, 0, u32(0)),
      ),
    ),
  );
  return box('trak', header, media);
}

/** VisualSampleEntry, §12.1.3. */
function visualEntry(format: VideoFormat): Uint8Array {
  const [entry, configuration] = format.codec === 'h264' ? ['avc1', 'avcC'] : ['hvc1', 'hvcC'];
  return box(
    entry!,
    zeros(6),
    u16(1), // data reference
    zeros(16),
    u16(format.width, format.height),
    u32(0x480000, 0x480000, 0), // 72 dpi
    u16(1), // one frame a sample
    zeros(32), // no compressor name
    u16(24, 0xffff),
    box(configuration!, format.configuration),
  );
}

/** AudioSampleEntry, §12.2.3. */
function audioEntry(format: AudioFormat): Uint8Array {
  const [entry, ...configuration] = {
    aac: () => ['mp4a', elementaryStream(format.configuration)],
    opus: () => [
      'Opus',
      box('dOps', format.configuration.length === 0 ? opusFormat(1).configuration : format.configuration),
    ],
    pcma: () => ['alaw'],
    pcmu: () => ['ulaw'],
  }[format.codec]() as [string, ...Uint8Array[]];
  // The field holds 16 bits of Hz; more is said by the configuration alone.
  const rate = format.sampleRate > 0xffff ? 0 : format.sampleRate * 0x10000;
  return box(entry, zeros(6), u16(1), zeros(8), u16(format.channels, 16, 0, 0), u32(rate), ...configuration);
}

/** ES_Descriptor around an AudioSpecificConfig, ISO/IEC 14496-1 §7.2.6.5. */
function elementaryStream(configuration: Uint8Array): Uint8Array {
  const specific = descriptor(5, configuration);
  const decoder = descriptor(4, Buffer.concat([u8(0x40, 0x15, 0, 0, 0), u32(0, 0), specific]));
  const stream = descriptor(3, Buffer.concat([u16(0), u8(0), decoder, descriptor(6, u8(2))]));
  return fullBox('esds', 0, 0, stream);
}

function descriptor(tag: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([u8(tag, body.length), body]);
}
