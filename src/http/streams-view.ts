/** Cameras as the routes ask for them, from the running streams. */
import type { CameraId } from '../base/ids.ts';
import { masked } from '../base/secret.ts';
import type { CameraStreams, RunningCamera } from '../streams/camera-streams.ts';
import type { StreamStateMessage } from '../wire/live.ts';
import type { CameraEntry, CameraScope, SeenObject, StreamsView } from './parts.ts';

export interface StreamsViewParts {
  readonly streams: CameraStreams;
  readonly stateOf: (camera: RunningCamera) => StreamStateMessage;
  /** What the detector saw last. */
  readonly objects: (camera: CameraId) => readonly SeenObject[];
}

export function streamsView({ streams, stateOf, objects }: StreamsViewParts): StreamsView {
  return {
    list(cameras: CameraScope): readonly CameraEntry[] {
      return streams
        .list()
        .filter(({ options }) => cameras === 'all' || cameras.has(options.id))
        .map((camera) => {
          const { options, stream } = camera;
          const { source } = options;
          return {
            id: options.id,
            name: options.name,
            path: options.path,
            kind: source.kind === 'program' ? 'pull' : source.kind === 'off' ? source.was : source.kind,
            source: 'url' in source ? masked(String(source.url)) : source.kind,
            state: stateOf(camera),
            width: stream.format?.width ?? 0,
            height: stream.format?.height ?? 0,
            fps: stream.framesPerSecond,
            substream: camera.sub !== undefined,
            objects: stream.state.kind === 'live' ? objects(options.id) : [],
          };
        });
    },
  };
}
