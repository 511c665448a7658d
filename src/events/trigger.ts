/** Which events begin a recording. */
import { expandClasses } from '../detection/labels.ts';
import type { VisitEvent } from './events.ts';

export interface TriggerOptions {
  /** Classes and groups; empty or left out: any. */
  readonly objects?: readonly string[];
  /** 0..1. */
  readonly minConfidence?: number;
}

/** A test of events as they are now: one that doesn't pass yet may pass when it has changed. */
export function recordingTrigger(options: TriggerOptions): (event: Pick<VisitEvent, 'objects'>) => boolean {
  const { objects = [], minConfidence = 0 } = options;
  const classes = objects.length === 0 ? undefined : expandClasses(objects);
  return (event) =>
    event.objects.some((one) => one.confidence >= minConfidence && (classes === undefined || classes.has(one.class)));
}
