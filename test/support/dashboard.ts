/**
 * The dashboard as a person meets it: the steps of a first run, what a tile shows, and what no page may ever do:
 * report an error, break its policy, speak to another origin, or shut somebody out (axe).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator, Page } from 'playwright-core';

export const admin = { username: 'admin', password: 'correct horse battery' } as const;
export const passphrase = 'five words picked at random';

export interface Faults {
  /** What went wrong so far; reading it forgets it. */
  take(): string[];
}

/** Collects from now on what no page may do. A request that a test has refused on purpose is let through by `allow`. */
export async function watchPage(
  page: Page,
  origin: string,
  allow: (fault: string) => boolean = () => false,
): Promise<Faults> {
  let faults: string[] = [];
  const note = (fault: string): void => {
    if (!allow(fault)) faults.push(fault);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      note(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => note(`error: ${error.message}`));
  page.on('crash', () => note('the page crashed'));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin) note(`request: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(origin).host) note(`socket: ${socket.url()}`);
  });
  await page.exposeFunction('noteViolation', note);
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { noteViolation } = globalThis as unknown as { noteViolation: (fault: string) => void };
      noteViolation(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  return {
    take: () => {
      const taken = faults;
      faults = [];
      return taken;
    },
  };
}

/** Makes the first account and a key sealed by a passphrase, from the printed link to the wall. */
export async function setUp(page: Page, link: string, shown: (step: string) => Promise<void>): Promise<void> {
  await page.goto(link);
  await page.getByRole('heading', { name: 'Make your account' }).waitFor();
  await shown('account');
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Choose how your key is kept' }).waitFor();
  await shown('key');
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByText(/AGE-SECRET-KEY-1[0-9A-Z]{58}/).waitFor();
  await shown('sheet');
  await page.getByLabel(/I have saved the sheet/).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Add your first camera' }).waitFor();
  await shown('camera');
  await page.getByText('None yet').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Choose what is recorded' }).waitFor();
  await shown('recording');
  await page.getByRole('button', { name: 'Go to the wall' }).click();
  await page.getByRole('heading', { name: 'Wall' }).waitFor();
}

export async function signIn(page: Page, password: string = admin.password): Promise<void> {
  await page.getByLabel('Name').fill(admin.username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export function tileOf(page: Page, camera: string): Locator {
  return page.locator(`li[data-camera="${camera}"]`);
}

const thumb = { width: 64, height: 36 } as const;

/** What stands on a canvas or in a video, small: RGBA of 64 × 36. */
export function pixelsOf(element: Locator): Promise<number[]> {
  return element.evaluate((source, { width, height }) => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    context.drawImage(source as HTMLCanvasElement, 0, 0, width, height);
    return [...context.getImageData(0, 0, width, height).data];
  }, thumb);
}

/** How many pixels of a canvas have the colour of boxes around people. */
export function boxPixels(overlay: Locator): Promise<number> {
  return overlay.evaluate((source) => {
    const { width, height } = source as HTMLCanvasElement;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    context.drawImage(source as HTMLCanvasElement, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      const near = (offset: number, value: number): boolean => Math.abs(data[i + offset]! - value) < 12;
      if (near(0, 0xff) && near(1, 0xb4) && near(2, 0x54) && near(3, 0xff)) count++;
    }
    return count;
  });
}

/** Mean difference of two pictures, 0 to 255. */
export function difference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

/** Mean of red, green and blue, 0 to 255. */
export function brightness(pixels: readonly number[]): number {
  return pixels.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0) / (pixels.length * 0.75);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with the page as it stands: rule and first element, one a line. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    interface Axe {
      run(): Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }>;
    }
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.target.join(' ')} ${nodes[0]!.failureSummary ?? ''}`);
  });
}
