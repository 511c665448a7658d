/**
 * Debian's Chromium against the real system. It trusts the system's own certificate authority, as a user's browser does
 * after installing it, and no certificate error is ignored.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { chromium } from 'playwright-core';
import { run } from './process.ts';

export interface OpenedBrowser {
  readonly context: BrowserContext;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface BrowserOptions {
  /** PEM file of the certificate authority to trust. */
  readonly ca: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly args?: readonly string[];
}

export async function openBrowser(options: BrowserOptions): Promise<OpenedBrowser> {
  const directory = await mkdtemp(join(tmpdir(), 'sentrix-browser-'));
  const database = join(directory, '.pki', 'nssdb');
  await mkdir(database, { recursive: true });
  await certutil(['-d', `sql:${database}`, '-N', '--empty-password']);
  await certutil(['-d', `sql:${database}`, '-A', '-t', 'C,,', '-n', 'sentrix', '-i', options.ca]);
  const context = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath: '/usr/bin/chromium',
    viewport: options.viewport ?? { width: 1280, height: 800 },
    env: { ...process.env, HOME: directory } as Record<string, string>,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(options.args ?? []),
    ],
  });
  return {
    context,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function certutil(args: readonly string[]): Promise<void> {
  const { code, output } = await run('certutil', args);
  if (code !== 0) throw new Error(`certutil ended with ${code}: ${output}`);
}
