/** The device's microphone as Opus, timed by the page's clock as the pictures are. For browsers that hand sound to scripts. */

interface TrackProcessor {
  readonly readable: ReadableStream<AudioData>;
}

type TrackProcessorClass = new (options: { readonly track: MediaStreamTrack }) => TrackProcessor;

export interface SoundPacket {
  /** By `performance.now()`, in µs. */
  readonly ptsUs: number;
  readonly chunk: EncodedAudioChunk;
}

/** Speech and noises of a room: the microphone is asked for one channel. */
export const soundChannels = 1;
const bitsPerSecond = 32_000;
/** Sound that waits to be encoded is late already. */
const maxQueued = 10;

function processorClass(): TrackProcessorClass | undefined {
  return (globalThis as { MediaStreamTrackProcessor?: TrackProcessorClass }).MediaStreamTrackProcessor;
}

export function canSendSound(): boolean {
  return typeof AudioEncoder !== 'undefined' && processorClass() !== undefined;
}

/** Ends with `signal`, or with the track. */
export async function encodeSound(
  track: MediaStreamTrack,
  onPacket: (packet: SoundPacket) => void,
  signal: AbortSignal,
): Promise<void> {
  const Processor = processorClass();
  if (Processor === undefined) return;
  const reader = new Processor({ track }).readable.getReader();
  signal.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true });
  let offsetUs: number | undefined;
  let encoder: AudioEncoder | undefined;
  try {
    for (;;) {
      const { value: data, done } = await reader.read();
      if (done || signal.aborted) break;
      offsetUs ??= performance.now() * 1000 - data.timestamp;
      encoder ??= startEncoder(data, (chunk) =>
        onPacket({ chunk, ptsUs: Math.round(chunk.timestamp + (offsetUs ?? 0)) }),
      );
      if (encoder.state === 'configured' && encoder.encodeQueueSize <= maxQueued) encoder.encode(data);
      data.close();
    }
  } finally {
    if (encoder !== undefined && encoder.state !== 'closed') encoder.close();
  }
}

function startEncoder(first: AudioData, onChunk: (chunk: EncodedAudioChunk) => void): AudioEncoder {
  const encoder = new AudioEncoder({ output: onChunk, error: () => {} });
  // Opus times itself at 48 kHz whatever goes in; a packet says by itself whether it is stereo.
  const { sampleRate, numberOfChannels } = first;
  encoder.configure({ codec: 'opus', sampleRate, numberOfChannels, bitrate: bitsPerSecond });
  return encoder;
}
