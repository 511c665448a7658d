/** Timelines as the routes ask for them. */
import type { Catalog } from '../catalog/catalog.ts';
import type { TimelineView } from './parts.ts';

/** Of a camera that records one clip after another for a day there are some hundred; a big site has some thousand in all. */
const limit = 10_000;

export function timelineView({ timeline }: Pick<Catalog, 'timeline'>): TimelineView {
  return { between: (span, cameras) => timeline.between({ ...span, limit }, cameras) };
}
