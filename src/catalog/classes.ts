/** Object classes are COCO's words; two words stand for groups of them and every filter accepts those too. */
const groups: Readonly<Record<string, readonly string[]>> = {
  vehicle: ['vehicle', 'car', 'bus', 'truck'],
  animal: ['animal', 'bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe'],
};

export const groupNames: readonly string[] = Object.keys(groups);

/** The classes that a filter word stands for: those of a group, else the word itself. */
export function classesOf(word: string): readonly string[] {
  return Object.hasOwn(groups, word) ? groups[word]! : [word];
}

export function groupsOf(word: string): readonly string[] {
  return groupNames.filter((name) => groups[name]!.includes(word));
}

/** What a group is counted under; no class is written so. */
export function groupKey(name: string): string {
  return `+${name}`;
}

/** What is counted under for a filter word. */
export function tallyKey(word: string): string {
  return Object.hasOwn(groups, word) ? groupKey(word) : word;
}
