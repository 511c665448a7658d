/** The live worker: owns the WebSocket and the decoders, so that the page's thread never touches a frame. */
import { LiveEngine } from './live-engine.ts';
import type { PageMessage, WorkerMessage } from './worker-protocol.ts';

// The DOM library types `self` as a window; of the worker's scope only these two are used.
interface WorkerScope {
  onmessage: ((event: MessageEvent<PageMessage>) => void) | null;
  postMessage(message: WorkerMessage): void;
}

const scope = self as unknown as WorkerScope;
const engine = new LiveEngine((message) => scope.postMessage(message));
scope.onmessage = (event) => engine.onPageMessage(event.data);
