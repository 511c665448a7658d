/** Which language the dashboard speaks: what was chosen in this browser, else what the browser prefers. */
export type LanguageChoice = 'system' | 'en' | 'de';

const key = 'sentrix.language';

export function readLanguage(): LanguageChoice {
  try {
    const kept = localStorage.getItem(key);
    return kept === 'en' || kept === 'de' ? kept : 'system';
  } catch {
    return 'system';
  }
}

export function keepLanguage(choice: LanguageChoice): void {
  try {
    localStorage.setItem(key, choice);
  } catch {
    // A browser that keeps nothing stays with its own language.
  }
}

/** The first of the preferred languages that we speak; English where there is none. */
export function spokenLanguage(choice: LanguageChoice, preferred: readonly string[]): 'en' | 'de' {
  if (choice !== 'system') return choice;
  for (const tag of preferred) {
    const [language] = tag.toLowerCase().split('-');
    if (language === 'en' || language === 'de') return language;
  }
  return 'en';
}
