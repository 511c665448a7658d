/** What the running system measures of itself, for Prometheus. Read when it is asked for; nothing is counted for its sake. */
import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Family, Sample } from './base/exposition.ts';
import { exposition } from './base/exposition.ts';
import type { DefaultDetector } from './detection/default-detector.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import { backupMadeAt } from './home-doctor.ts';
import type { RunningCameras } from './running-cameras.ts';

const states = ['live', 'stalled', 'connecting', 'waiting', 'unauthorized', 'failed'] as const;

export interface Metrics extends Disposable {
  text(): Promise<string>;
}

export function startMetrics(parts: {
  readonly home: HomeParts;
  readonly options: HomeOptions;
  readonly cameras: RunningCameras;
  readonly detector: DefaultDetector | undefined;
}): Metrics {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    text: async () => {
      const loop = { mean: delay.mean / 1e9, max: delay.max / 1e9, p99: delay.percentile(99) / 1e9 };
      // Each scrape tells of the time since the one before.
      delay.reset();
      return exposition([
        ...cameraFamilies(parts),
        ...detectorFamilies(parts.detector),
        ...(await machineFamilies(parts, loop)),
      ]);
    },
    [Symbol.dispose]: () => delay.disable(),
  };
}

function cameraFamilies({ cameras }: Parameters<typeof startMetrics>[0]): Family[] {
  const all = cameras.streams.list().map(({ options: { id }, stream }) => ({ id, stream }));
  const each = (value: (camera: (typeof all)[number]) => number): Sample[] =>
    all.map((camera) => ({ labels: { camera: camera.id }, value: value(camera) }));
  const kinds = new Set<string>([...states, ...all.map(({ stream }) => stream.state.kind)]);
  return [
    {
      ...{ name: 'sentrix_camera_state', help: '1 for the state that a camera is in', type: 'gauge' },
      samples: all.flatMap(({ id, stream }) =>
        [...kinds].map((state) => ({ labels: { camera: id, state }, value: stream.state.kind === state ? 1 : 0 })),
      ),
    },
    {
      ...{ name: 'sentrix_camera_frames_per_second', help: 'Pictures that come from a camera', type: 'gauge' },
      samples: each(({ stream }) => stream.framesPerSecond),
    },
    {
      ...{ name: 'sentrix_camera_silence_seconds', help: 'Time since the last picture', type: 'gauge' },
      samples: each(({ stream }) => stream.silentMs / 1000),
    },
    {
      ...{ name: 'sentrix_camera_recording', help: '1 while a clip of the camera is being written', type: 'gauge' },
      samples: each(({ id }) => (cameras.recording.isRecording(id) ? 1 : 0)),
    },
    {
      ...{
        name: 'sentrix_camera_recording_failed',
        help: '1 while the camera should be recorded and is not',
        type: 'gauge',
      },
      samples: each(({ id }) => (cameras.recording.problem(id) === undefined ? 0 : 1)),
    },
  ];
}

function detectorFamilies(detector: DefaultDetector | undefined): Family[] {
  if (detector === undefined) return [];
  const { frames, dropped, frameMs, restarts } = detector.stats;
  const one = (name: string, help: string, type: Family['type'], value: number): Family => ({
    ...{ name, help, type },
    samples: [{ value }],
  });
  return [
    one(
      'sentrix_model_ready',
      '1 while a model process can look at pictures',
      'gauge',
      detector.state.kind === 'ready' ? 1 : 0,
    ),
    one('sentrix_model_frames_total', 'Pictures that the model has looked at', 'counter', frames),
    one(
      'sentrix_model_frames_dropped_total',
      'Pictures that a newer one replaced before the model came to them',
      'counter',
      dropped,
    ),
    one('sentrix_model_latency_seconds', 'Of the last picture, in the model process', 'gauge', frameMs / 1000),
    one('sentrix_model_restarts_total', 'Model processes that had to be started again', 'counter', restarts),
  ];
}

async function machineFamilies(
  { home, options }: Parameters<typeof startMetrics>[0],
  loop: { readonly mean: number; readonly max: number; readonly p99: number },
): Promise<Family[]> {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const disks = [
    ['recordings', options.config.recording.recordings_dir],
    ['home', options.home],
  ] as const;
  const spaces = await Promise.all(
    disks.map(async ([disk, path]) => ({ disk, found: await statfs(path).catch(() => undefined) })),
  );
  const backupAt = await home.catalog.state.get(backupMadeAt);
  const samples = (values: Readonly<Record<string, number>>, label: string): Sample[] =>
    Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
  return [
    {
      ...{
        name: 'sentrix_event_loop_delay_seconds',
        help: 'How late the main thread is, since the last scrape',
        type: 'gauge',
      },
      samples: samples(loop, 'of'),
    },
    {
      ...{ name: 'process_resident_memory_bytes', help: 'Memory of the main process', type: 'gauge' },
      samples: [{ value: memory.rss }],
    },
    {
      ...{ name: 'process_cpu_seconds_total', help: 'Processor time of the main process', type: 'counter' },
      samples: [{ value: (cpu.user + cpu.system) / 1e6 }],
    },
    {
      ...{ name: 'process_start_time_seconds', help: 'When it was started, seconds since 1970', type: 'gauge' },
      samples: [{ value: Math.round(options.clock.now() / 1000 - process.uptime()) }],
    },
    {
      ...{ name: 'sentrix_disk_free_bytes', help: 'Room on a disk', type: 'gauge' },
      samples: spaces.flatMap(({ disk, found }) =>
        found === undefined ? [] : [{ labels: { disk }, value: found.bavail * found.bsize }],
      ),
    },
    {
      ...{ name: 'sentrix_disk_size_bytes', help: 'Size of a disk', type: 'gauge' },
      samples: spaces.flatMap(({ disk, found }) =>
        found === undefined ? [] : [{ labels: { disk }, value: found.blocks * found.bsize }],
      ),
    },
    {
      ...{ name: 'sentrix_vault_open', help: '1 while recordings can be opened', type: 'gauge' },
      samples: [{ value: home.vault.status().kind === 'open' ? 1 : 0 }],
    },
    {
      ...{ name: 'sentrix_audit_entries_total', help: 'Entries of the audit log', type: 'counter' },
      samples: [{ value: home.audit.tree().size }],
    },
    {
      ...{
        name: 'sentrix_backup_made_seconds',
        help: 'When the newest backup was made, seconds since 1970',
        type: 'gauge',
      },
      samples: backupAt === undefined ? [] : [{ value: Number(backupAt) / 1000 }],
    },
  ];
}
