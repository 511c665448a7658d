/**
 * One camera in a browser without WebCodecs, inside the worker: fragments of MP4 go on to the page, which plays them
 * (Media Source Extensions exist in no worker that matters) and says what it has consumed and which picture it shows.
 */
import type { SampleHeader } from '../../../src/wire/live.ts';
import { sampleHeaderBytes } from '../../../src/wire/live.ts';
import { Credit } from './credit.ts';
import type { Format, View, ViewDeps } from './view.ts';
import { ViewOverlay } from './view-overlay.ts';
import { ViewSound } from './view-sound.ts';

/** Pictures on their way from here to the screen. */
const maxTimes = 512;

export class FragmentView implements View {
  readonly overlay: ViewOverlay;
  readonly sound: ViewSound;
  watched = false;
  stream: 'main' | 'sub' = 'main';
  readonly #deps: ViewDeps;
  readonly #credit = new Credit();
  /** Presentation time (µs) and capture time (UTC ms) of what was handed on, oldest first. */
  #times: { readonly ptsUs: number; readonly at: number }[] = [];
  #slot: number | undefined;
  #needsKeyframe = true;

  constructor(deps: ViewDeps) {
    this.#deps = deps;
    this.overlay = new ViewOverlay(deps.view, deps.overlay, deps.post);
    this.sound = new ViewSound(deps);
  }

  get camera(): string {
    return this.#deps.camera;
  }

  get slot(): number | undefined {
    return this.#slot;
  }

  subscribe(slot: number | undefined): void {
    this.#credit.reset();
    this.#times = [];
    this.#needsKeyframe = true;
    this.#slot = slot;
    const { camera, send } = this.#deps;
    const transcode = this.#deps.transcode() ? ({ transcode: true } as const) : {};
    if (slot !== undefined) send({ type: 'subscribe', slot, camera, stream: this.stream, as: 'mp4', ...transcode });
    this.sound.subscribed(slot);
  }

  onFormat({ codec, init }: Format): void {
    if (init === undefined) return;
    this.#credit.dropAll();
    this.#times = [];
    const bytes = Uint8Array.from(atob(init), (char) => char.charCodeAt(0));
    this.#deps.post({ type: 'fragments', view: this.#deps.view, codec, init: bytes });
  }

  onGap(): void {
    this.#needsKeyframe = true;
  }

  onSample(header: SampleHeader, frame: ArrayBuffer): void {
    if (header.kind === 'audio') {
      this.#credit.drop(frame.byteLength);
      this.sound.frame(header, new Uint8Array(frame, sampleHeaderBytes));
    } else if (header.damaged || (this.#needsKeyframe && !header.keyframe)) {
      this.#credit.drop(frame.byteLength);
      this.#needsKeyframe = true;
    } else {
      this.#needsKeyframe = false;
      this.#credit.enter(frame.byteLength);
      if (this.#times.length >= maxTimes) this.#times.shift();
      this.#times.push({ ptsUs: header.ptsUs, at: header.at });
      const data = new Uint8Array(frame, sampleHeaderBytes);
      this.#deps.post({ type: 'fragment', view: this.#deps.view, data }, [frame]);
    }
    this.#payBack();
  }

  /** The page has taken one fragment into its player. */
  consumed(): void {
    this.#credit.leave();
    this.#payBack();
  }

  /** The picture at this presentation time is on the screen. */
  shown(ptsUs: number, width: number, height: number): void {
    // The player's clock is a floating-point number of seconds: half a millisecond is the same picture.
    const index = this.#times.findIndex((one) => Math.abs(one.ptsUs - ptsUs) < 500);
    if (index < 0) return;
    const { at } = this.#times[index]!;
    this.#times.splice(0, index);
    this.overlay.shown(at, width, height);
  }

  dispose(): void {
    if (this.#slot !== undefined) this.#deps.send({ type: 'unsubscribe', slot: this.#slot });
    this.#slot = undefined;
    this.sound.dispose();
  }

  #payBack(): void {
    const bytes = this.#credit.take();
    if (bytes > 0 && this.#slot !== undefined) this.#deps.send({ type: 'credit', slot: this.#slot, bytes });
  }
}
