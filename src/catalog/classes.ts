/** Object classes are COCO's words; two words stand for groups of them and every filter accepts those too. */
const groups: Readonly<Record<string, readonly string[]>> = {
  vehicle: ['vehicle', 'car', 'bus', 'truck'],
  animal: ['animal', 'bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe'],
};

/** The classes that a filter word stands for: those of a group, else the word itself. */
export function classesOf(word: string): readonly string[] {
  return Object.hasOwn(groups, word) ? groups[word]! : [word];
}
