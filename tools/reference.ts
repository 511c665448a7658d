/** Writes the reference pages that are generated: `node tools/reference.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationReference } from '../src/config/reference.ts';
import { apiPage } from './api-page.ts';
import { problemsPage } from './problem-pages.ts';

const root = join(import.meta.dirname, '..');
const pages: Readonly<Record<string, string>> = {
  'configuration.md': configurationReference(),
  'problems.md': problemsPage(root),
  'api.md': await apiPage(),
};
for (const [name, text] of Object.entries(pages)) writeFileSync(join(root, 'docs', name), text);
