/** Debian's Chromium against the real system, with the system's own CA trusted and nothing else relaxed. */
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

export async function openBrowser(extra: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...extra,
    ],
  });
}
