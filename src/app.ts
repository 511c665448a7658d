/**
 * The composition root: the only place that builds the parts of the running system and joins them. It reads from top to
 * bottom as the architecture: home, recording, cameras, live view, detection, RTSP, HTTP, commands. What is built last
 * is closed first.
 */
import { join } from 'node:path';
import type { CameraId } from './base/ids.ts';
import type { Log } from './base/log.ts';
import { describeError } from './base/problem.ts';
import { Secret } from './base/secret.ts';
import type { CameraConfig } from './config/cameras.ts';
import type { Config } from './config/load.ts';
import { startControl } from './control/control-server.ts';
import { runDemoCamera } from './demo/demo-camera.ts';
import type { HomeOptions, HomeParts } from './home.ts';
import { openHomeParts } from './home.ts';
import { eventsView } from './http/events-view.ts';
import { recordingsView } from './http/recordings-view.ts';
import type { HttpServer } from './http/server.ts';
import { startHttp } from './http/server.ts';
import { streamsView } from './http/streams-view.ts';
import { LiveHub } from './live/live-hub.ts';
import { Deletion } from './recording/deletion.ts';
import { Playback } from './recording/playback.ts';
import { RecordingService } from './recording/recording-service.ts';
import { recoverRecordings } from './recording/recovery.ts';
import { CameraStreams } from './streams/camera-streams.ts';
import { tlsOptions } from './tls/options.ts';
