/** The two kinds of HLS playlists as text (RFC 8216 §4). Names in them are relative: they hold behind any address. */

export interface ListedSegment {
  readonly sequence: number;
  readonly durationMs: number;
  /** Wall clock of its first picture, UTC ms. */
  readonly at: number;
  /** Its times, or its format, don't follow on from the one before. */
  readonly discontinuity: boolean;
  /** Number of the init segment before it. */
  readonly init: number;
}

export interface Variant {
  /** RFC 6381, of all tracks. */
  readonly codecs: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Pictures a second; 0 while unknown. */
  readonly framesPerSecond: number;
  /** Of the largest segment, bits a second. */
  readonly peakBitsPerSecond: number;
}

export function initName(init: number): string {
  return `init-${init}.mp4`;
}

export function segmentName(sequence: number): string {
  return `segment-${sequence}.m4s`;
}

export const mediaPlaylistName = 'media.m3u8';

/** §4.3.4: what there is to choose from. */
export function multivariantPlaylist({ codecs, width, height, framesPerSecond, peakBitsPerSecond }: Variant): string {
  const attributes = [
    `BANDWIDTH=${Math.max(1, Math.ceil(peakBitsPerSecond))}`,
    `CODECS="${codecs.join(',')}"`,
    `RESOLUTION=${width}x${height}`,
    ...(framesPerSecond > 0 ? [`FRAME-RATE=${framesPerSecond.toFixed(3)}`] : []),
  ];
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-STREAM-INF:${attributes.join(',')}`, mediaPlaylistName];
  return `${lines.join('\n')}\n`;
}

/**
 * §4.3.3: the newest segments, the oldest first.
 * @param targetSeconds no segment is longer, rounded; may not become smaller while a player looks
 * @param discontinuities how many there were before the first of these segments
 */
export function mediaPlaylist(
  segments: readonly ListedSegment[],
  targetSeconds: number,
  discontinuities: number,
): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    `#EXT-X-MEDIA-SEQUENCE:${segments[0]?.sequence ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuities}`,
  ];
  let init: number | undefined;
  for (const [index, segment] of segments.entries()) {
    if (segment.discontinuity && index > 0) lines.push('#EXT-X-DISCONTINUITY');
    if (segment.init !== init) lines.push(`#EXT-X-MAP:URI="${initName(segment.init)}"`);
    init = segment.init;
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.at).toISOString()}`,
      `#EXTINF:${(segment.durationMs / 1000).toFixed(5)},`,
      segmentName(segment.sequence),
    );
  }
  return `${lines.join('\n')}\n`;
}
