/** The groups that classes of the detector belong to: each has a colour token, an icon and a filter of its name. */
export type ClassGroup = 'person' | 'vehicle' | 'animal' | 'other';

const groups: Readonly<Record<string, ClassGroup>> = {
  person: 'person',
  vehicle: 'vehicle',
  bicycle: 'vehicle',
  car: 'vehicle',
  motorcycle: 'vehicle',
  airplane: 'vehicle',
  bus: 'vehicle',
  train: 'vehicle',
  truck: 'vehicle',
  boat: 'vehicle',
  animal: 'animal',
  bird: 'animal',
  cat: 'animal',
  dog: 'animal',
  horse: 'animal',
  sheep: 'animal',
  cow: 'animal',
  elephant: 'animal',
  bear: 'animal',
  zebra: 'animal',
  giraffe: 'animal',
};

export function classGroup(name: string): ClassGroup {
  return Object.hasOwn(groups, name) ? groups[name]! : 'other';
}
