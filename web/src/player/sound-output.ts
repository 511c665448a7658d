/** The loudspeaker of one camera: an audio graph fed through a port, so that the page's thread never touches sound. */

export interface SoundShape {
  /** Hz */
  readonly sampleRate: number;
  readonly channels: number;
}

/** Opens it; to be called out of a click, for browsers let no page begin to sound by itself. */
export function openSoundOutput(
  moduleUrl: string,
  { sampleRate, channels }: SoundShape,
): { readonly port: MessagePort; readonly close: () => void } {
  const context = new AudioContext({ sampleRate, latencyHint: 'interactive' });
  const { port1, port2 } = new MessageChannel();
  void context.resume();
  context.audioWorklet.addModule(moduleUrl).then(
    () => {
      if (context.state === 'closed') return;
      const node = new AudioWorkletNode(context, 'live-sound', {
        numberOfInputs: 0,
        outputChannelCount: [Math.min(2, channels)],
      });
      node.port.postMessage(port2, [port2]);
      node.connect(context.destination);
    },
    () => undefined,
  );
  return {
    port: port1,
    close: () => void context.close().catch(() => undefined),
  };
}
