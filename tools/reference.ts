/** Writes the reference pages that are generated: `node tools/reference.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationReference } from '../src/config/reference.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'configuration.md'), configurationReference());
