/**
 * A browser as a camera: WebSocket `/api/publish`, subprotocol `sentrix.v1`. The server says which cameras may be published
 * to; the browser begins one with its format and then sends pictures and sound as binary frames, framed as in `live.ts`, of
 * slot 0.
 * Another `begin` on the same socket is another format. Close codes tell why it is over.
 */
export type PublisherMessage = {
  readonly type: 'begin';
  readonly camera: string;
  /** Base64 AVCDecoderConfigurationRecord of what follows; H.264 with lengths of four bytes. */
  readonly description: string;
  /** There is sound too: Opus at 48 kHz with so many channels. It is dropped where the camera isn't to have any. */
  readonly sound?: { readonly channels: 1 | 2 };
};

export type PublishAnswer =
  | { readonly type: 'cameras'; readonly cameras: readonly { readonly id: string; readonly name: string }[] }
  /** Pictures are taken from now on. */
  | { readonly type: 'publishing'; readonly camera: string }
  /** The socket closes after it. */
  | { readonly type: 'error'; readonly code: string; readonly detail: string };

/** RFC 6455 §7.4.2: private use. Somebody else publishes here, or took over: don't come back by yourself. */
export const takenCode = 4409;
/** What was sent is none that is taken. */
export const refusedCode = 4400;
/** Largest frame, in bytes. */
export const maxPublishedBytes = 4 * 1024 * 1024;
