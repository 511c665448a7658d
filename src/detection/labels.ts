/**
 * Classes are COCO's 80 words (the order is that of the data set's detection task). `vehicle` and `animal` are groups
 * that every filter accepts besides them.
 */
export const coco80 = [
  ...['person', 'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat', 'traffic light'],
  ...['fire hydrant', 'stop sign', 'parking meter', 'bench', 'bird', 'cat', 'dog', 'horse', 'sheep', 'cow'],
  ...['elephant', 'bear', 'zebra', 'giraffe', 'backpack', 'umbrella', 'handbag', 'tie', 'suitcase', 'frisbee'],
  ...['skis', 'snowboard', 'sports ball', 'kite', 'baseball bat', 'baseball glove', 'skateboard', 'surfboard'],
  ...['tennis racket', 'bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl', 'banana', 'apple'],
  ...['sandwich', 'orange', 'broccoli', 'carrot', 'hot dog', 'pizza', 'donut', 'cake', 'chair', 'couch'],
  ...['potted plant', 'bed', 'dining table', 'toilet', 'tv', 'laptop', 'mouse', 'remote', 'keyboard', 'cell phone'],
  ...['microwave', 'oven', 'toaster', 'sink', 'refrigerator', 'book', 'clock', 'vase', 'scissors', 'teddy bear'],
  ...['hair drier', 'toothbrush'],
] as const;

/** Numbers of COCO's 91 object categories that its detection task leaves out; number 0 is "no object". */
const unusedNumbers: readonly number[] = [0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83];

/** The same words by the numbers of the data set's annotations, 0 to 90. Models of the DETR family count like this. */
export const coco91: readonly (string | undefined)[] = (() => {
  const words = coco80.values();
  return Array.from({ length: 91 }, (_, number) => (unusedNumbers.includes(number) ? undefined : words.next().value));
})();

const vehicles: readonly string[] = ['bicycle', 'car', 'motorcycle', 'bus', 'train', 'truck'];

export const classGroups: Readonly<Record<string, readonly string[]>> = {
  vehicle: vehicles,
  animal: ['bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe'],
};

/** What is watched where nothing is configured. */
export const defaultClasses: readonly string[] = ['person', 'vehicle'];

/**
 * The classes that a list of classes and groups means. Words that are neither are kept, for other models have other
 * words; and so is the group's own, for some know a vehicle and not which.
 */
export function expandClasses(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((name) => [name, ...(classGroups[name] ?? [])]));
}

/**
 * Classes that the model mixes up from frame to frame are followed as one: a car from above flips between car, bus and
 * truck. The class reported is the vote among them.
 */
export function trackingGroup(label: string): string {
  return label === 'bus' || label === 'truck' ? 'car' : label;
}

export interface Thresholds {
  /** A new object needs this much. */
  readonly start: number;
  /** An object that is being followed needs this much to be seen. */
  readonly keep: number;
}

/**
 * Measured on footage with the default model: 0.30 finds overhead cars, and a person at 0.35 isn't a rock. `confidence`
 * is what somebody wrote into the configuration and replaces the start; it only ever lowers what keeps a track.
 */
export function thresholdsOf(label: string, confidence: number | undefined): Thresholds {
  const start = confidence ?? (vehicles.includes(label) ? 0.3 : 0.35);
  return { start, keep: Math.min(0.2, start) };
}
