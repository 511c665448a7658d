/**
 * The second factor as a person sets it up and meets it: scanned, confirmed, asked for. On a system of its own, for five
 * log-ins a minute are all that an address has.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Faults } from './support/dashboard.ts';
import { accessibilityFaults, admin, signIn, watchPage } from './support/dashboard.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';

describe('second factor in the dashboard', () => {
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;
  let faults: Faults;
  let origin: string;

  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", enabled: false }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser(admin.username, 'admin', admin.password);
    system = await site.start();
    const url = new URL(system.ready.https);
    url.hostname = 'localhost';
    ({ origin } = url);
    browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    page = await browser.context.newPage();
    page.setDefaultTimeout(15_000);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    faults = await watchPage(page, origin, (fault) => /status of 401 .*\/(api\/session|auth\/login)$/.test(fault));
    await page.goto(origin);
    await signIn(page);
    await page.getByRole('heading', { name: 'Wall' }).waitFor();
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    await site?.remove();
  });

  it('sets up a second factor, and asks for it at the next log-in', async () => {
    await page.goto(`${origin}/settings?section=account`);
    await page.getByRole('button', { name: 'Set up a second factor' }).click();
    await page.getByLabel('Current password', { exact: true }).last().fill(admin.password);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('img', { name: /^QR code/ }).waitFor();
    const secret = await page.getByText(/^[A-Z2-7]{16,}$/).textContent();
    await page.getByLabel('Code', { exact: true }).fill(totp(secret!, Date.now()));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'I have kept them' }).click();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.goto(`${origin}/more`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page);
    await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
    await page.getByLabel('Code', { exact: true }).fill('000000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('That code is not right.', { exact: false }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    // The next step's code, for one that was used is used up.
    await page.getByLabel('Code', { exact: true }).fill(totp(secret!, Date.now() + 30_000));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Wall' }).waitFor();
    assert.deepEqual(
      faults.take().filter((fault) => !/status of 401/.test(fault)),
      [],
    );
  });
});

/** RFC 6238 with its defaults: SHA-1, 30 s, six digits. */
function totp(base32: string, at: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...base32].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = digest[19]! & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
