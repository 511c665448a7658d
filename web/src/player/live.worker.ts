/** The live worker: owns the WebSocket and the decoders, so that the page's thread never touches a frame. */
import fontUrl from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import { LiveEngine } from './live-engine.ts';
import type { PageMessage, WorkerMessage } from './worker-protocol.ts';

// The DOM library types `self` as a window; of the worker's scope only these are used.
interface WorkerScope {
  onmessage: ((event: MessageEvent<PageMessage>) => void) | null;
  postMessage(message: WorkerMessage, transfer: Transferable[]): void;
  readonly fonts?: FontFaceSet;
}

const scope = self as unknown as WorkerScope;
const engine = new LiveEngine((message, transfer = []) => scope.postMessage(message, transfer));
// Labels on the picture are drawn here, and a worker doesn't see the page's fonts. Without it: the system's.
if (scope.fonts !== undefined) {
  const inter = new FontFace('Inter Variable', `url(${fontUrl})`, { weight: '100 900' });
  scope.fonts.add(inter);
  inter.load().catch(() => undefined);
}

scope.onmessage = (event) => engine.onPageMessage(event.data);
