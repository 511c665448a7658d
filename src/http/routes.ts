/** The route table: every address that answers, in one list. */
import type { Clock } from '../base/clock.ts';
import type { Assets } from './assets.ts';
import type { Parts } from './parts.ts';
import type { Route } from './route.ts';
import { accountRoutes } from './routes/accounts.ts';
import { auditRoutes } from './routes/audit.ts';
import { cameraControlRoutes } from './routes/camera-control.ts';
import { cameraRoutes, pathsRoute } from './routes/cameras.ts';
import { deletionRoutes } from './routes/deletions.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { eventRoutes } from './routes/events.ts';
import { exportRoutes } from './routes/exports.ts';
import { fileRoutes } from './routes/files.ts';
import { happeningRoutes } from './routes/happenings.ts';
import { healthRoutes } from './routes/health.ts';
import { hlsPathRoute, hlsRoutes } from './routes/hls.ts';
import { keyRoutes } from './routes/keys.ts';
import { loginRoutes } from './routes/login.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { openapiRoute } from './routes/openapi.ts';
import { ownAccountRoutes } from './routes/own-account.ts';
import { pageRoutes } from './routes/pages.ts';
import { passkeyRoutes } from './routes/passkeys.ts';
import { publishRoutes } from './routes/publish.ts';
import { recordingRoutes } from './routes/recordings.ts';
import { sealedRoutes } from './routes/sealed.ts';
import { settingsRoutes } from './routes/settings.ts';
import { setupRoutes } from './routes/setup.ts';
import { timelineRoutes } from './routes/timeline.ts';
import { vaultRoutes } from './routes/vault.ts';
import { videoRoutes } from './routes/video.ts';

export function routeTable(
  parts: Parts,
  deps: { readonly timezone: string; readonly clock: Clock; readonly assets: Assets },
): Route[] {
  const api = [
    ...loginRoutes(parts),
    ...setupRoutes(parts),
    ...ownAccountRoutes(parts),
    ...passkeyRoutes(parts),
    ...accountRoutes(parts),
    ...vaultRoutes(parts),
    ...keyRoutes(parts, deps),
    ...cameraRoutes(parts),
    ...cameraControlRoutes(parts),
    ...settingsRoutes(parts),
    ...videoRoutes(parts),
    ...hlsRoutes(parts),
    ...publishRoutes(parts),
    ...recordingRoutes(parts, deps),
    ...sealedRoutes(parts),
    ...exportRoutes(parts),
    ...deletionRoutes(parts),
    ...eventRoutes(parts, deps),
    ...timelineRoutes(parts, deps),
    ...happeningRoutes(parts),
    ...fileRoutes(parts, deps),
    ...auditRoutes(parts),
    ...doctorRoutes(parts),
    ...metricsRoutes(parts),
    ...healthRoutes(parts),
  ];
  return [...api, openapiRoute(api), ...pageRoutes(deps.assets)];
}

/** `network.api_port`: apps that look for cameras, and nothing else. */
export function discoveryRoutes(parts: Pick<Parts, 'streams' | 'system'>): Route[] {
  return [pathsRoute(parts), ...healthRoutes(parts)];
}

/** `advanced.mediamtx.hls_port`: HLS alone, for players. */
export function hlsPortRoutes(parts: Pick<Parts, 'hls' | 'streams' | 'system'>): Route[] {
  return [...hlsRoutes(parts), ...healthRoutes(parts), hlsPathRoute(parts)];
}
