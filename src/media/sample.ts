/**
 * What everything between a camera and a viewer is made of. A *sample* is what a container stores as one unit: the
 * access unit of one picture, or one audio frame. Video data is in the form that MP4 and WebCodecs want: each NAL
 * unit behind its 4-byte big-endian length, parameter sets and access unit delimiters left where the camera sent them.
 *
 * A `Format` is immutable and compared by identity: when a camera changes its parameter sets in mid-stream, later
 * samples carry another `Format` object, and whoever writes a container begins a new init segment.
 */
export type VideoCodec = 'h264' | 'h265';
export type AudioCodec = 'aac' | 'opus' | 'pcma' | 'pcmu';

export interface VideoFormat {
  readonly kind: 'video';
  readonly codec: VideoCodec;
  /** Ticks a second of the samples' times, in Hz. 90000 for all video from RTP (RFC 6184 §8.2.1). */
  readonly timeScale: number;
  /** Size of the picture after cropping, in pixels. */
  readonly width: number;
  readonly height: number;
  /** RFC 6381 codecs parameter, such as `avc1.64001f`. */
  readonly codecString: string;
  /** AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1). */
  readonly configuration: Uint8Array;
  /** The parameter sets as NAL units without length or start code, in the order VPS, SPS, PPS. */
  readonly parameterSets: readonly Uint8Array[];
}

export interface AudioFormat {
  readonly kind: 'audio';
  readonly codec: AudioCodec;
  /** Ticks a second, in Hz. The sampling rate; 48000 for Opus. */
  readonly timeScale: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly codecString: string;
  /** AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1) for AAC, OpusHead's fields for Opus, empty for G.711. */
  readonly configuration: Uint8Array;
}

export type Format = VideoFormat | AudioFormat;

export interface Sample {
  readonly format: Format;
  /** Presentation and decoding time in ticks of `format.timeScale`, unwrapped, from an arbitrary origin. */
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  /** Wall clock of capture, UTC ms: from RTCP sender reports where the camera sends them, else of arrival. */
  readonly at: number;
  /** Decoding can start here (IDR or CRA). True for every audio frame. */
  readonly keyframe: boolean;
  /** Packets of this sample, or of one it refers to, were lost. Shown never as if whole. */
  readonly damaged: boolean;
  /** Times before this sample and from it on are not on one line (a jump of the camera's clock, a reconnect). */
  readonly discontinuity: boolean;
  /** Owned by nobody and never written to again: readers may keep it as long as they like. */
  readonly data: Uint8Array;
}
