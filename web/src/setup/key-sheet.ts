/** The key sheet as text: what a person needs to open the recordings with nothing of ours. */
import type { OwnerKey } from '../api/types.ts';
import { messages } from '../messages/messages.ts';

/** The two commands of the sheet, with the free tool `age`. */
export const openingCommands: readonly string[] = [
  'age -d -i owner.key -o day.key keys/YYYY-MM-DD-KID.key.age',
  'age -d -i day.key -o clip.mp4 CAMERA/YYYY/MM/DD/CLIP.mp4.age',
];

export function keySheetText(key: OwnerKey, host: string, madeAt: Date): string {
  const words = messages.setup;
  return [
    words.sheetHeading,
    '',
    `${words.sheetMade}: ${madeAt.toISOString()}`,
    `${words.sheetFor}: ${host}`,
    '',
    `${words.sheetIdentity}:`,
    key.identity,
    '',
    `${words.sheetRecipient}:`,
    key.recipient,
    '',
    `${words.sheetHow}:`,
    words.sheetHowText,
    ...openingCommands.map((command) => `  ${command}`),
    '',
    words.sheetKeep,
    '',
  ].join('\n');
}
