/** Passkeys, in Chromium with its virtual authenticator: made, used as the second factor and by themselves, and lost. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CDPSession, Page } from 'playwright-core';
import { Attacker } from './support/attacker.ts';
import type { OpenedBrowser } from './support/browser.ts';
import { openBrowser } from './support/browser.ts';
import type { Site, System } from './support/sentrix.ts';
import { accounts, createTarget } from './support/target.ts';

describe('passkeys', () => {
  let site: Site;
  let system: System;
  let browser: OpenedBrowser;
  let page: Page;
  let devtools: CDPSession;
  let authenticatorId: string;
  let recoveryCodes: string[];
  const { name, password } = accounts.admin;

  before(async () => {
    site = await createTarget();
    system = await site.start();
    browser = await openBrowser({ ca: join(site.home, 'certs', 'ca.crt') });
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.setDefaultTimeout(10_000);
    devtools = await browser.context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    ({ authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified: true, automaticPresenceSimulation: true },
      },
    }));
    await open();
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.process.stop();
    await site?.remove();
  });

  const open = () => page.goto(`https://localhost:${new URL(system.ready.https).port}/more`);
  const typeIn = async (): Promise<void> => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const signOut = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  };
  const isIn = async (): Promise<void> => {
    await page.getByRole('navigation').waitFor();
    await page.getByRole('link', { name: 'More' }).click();
    await page.getByRole('heading', { name: 'Passkeys' }).waitFor();
  };

  it('makes one for who knows the password, and gives recovery codes', async () => {
    await typeIn();
    await isIn();
    await page.getByLabel('Your password', { exact: true }).fill('not my password');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('That is not your password.').waitFor();
    await page.getByLabel('Name of the device').fill('Test phone');
    await page.getByLabel('Your password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('Test phone · localhost').waitFor();
    recoveryCodes = await page.locator('code').allTextContents();
    assert.equal(recoveryCodes.length, 10);
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
    assert.equal(credentials.length, 1);
    assert.equal(credentials[0]!.rpId, 'localhost');
  });

  it('is asked for after the password, which opens nothing by itself any more', async () => {
    await signOut();
    await typeIn();
    await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await isIn();
    const attacker = new Attacker(system);
    assert.equal((await attacker.ask('/api/session', { basic: `${name}:${password}` })).status, 401);
    const json = { username: name, password };
    assert.equal((await attacker.ask('/auth/verify', { method: 'POST', json })).status, 401);
    const answer = await attacker.ask('/auth/login', { method: 'POST', json });
    assert.equal(answer.json<{ code: string }>().code, 'access/second-factor');
  });

  it('opens the account by itself where it recognises its owner, and not where it does not', async () => {
    await signOut();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await isIn();
    await signOut();
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('No passkey of yours opened this.').waitFor();
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await isIn();
  });

  it('takes an answer once, and none to a question of another page', async () => {
    const signed = await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      const asked = await fetch('/auth/passkey', { method: 'POST', headers, body: '{}' });
      const options = PublicKeyCredential.parseRequestOptionsFromJSON(await asked.json());
      const credential = (await navigator.credentials.get({ publicKey: options })) as PublicKeyCredential;
      return credential.toJSON() as unknown as { id: string; response: Record<string, string> };
    });
    const { clientDataJSON, authenticatorData, signature } = signed.response;
    const passkey = { id: signed.id, clientDataJSON, authenticatorData, signature };
    const attacker = new Attacker(system);
    const logIn = (change: object) =>
      attacker.ask('/auth/login', { method: 'POST', json: { passkey: { ...passkey, ...change } } });
    assert.equal((await logIn({})).status, 200);
    const again = await logIn({});
    assert.equal(again.status, 401);
    assert.equal(again.headers['set-cookie'], undefined);
    assert.equal((await logIn({ id: 'AAAA' })).text, again.text, 'unknown and used look alike');
    const foreign = Buffer.from(
      JSON.stringify({ type: 'webauthn.get', challenge: 'AAAA', origin: 'https://evil.com' }),
    ).toString('base64url');
    assert.equal((await logIn({ clientDataJSON: foreign })).status, 401);
    assert.equal(
      (await new Attacker(system).ask('/auth/passkey', { method: 'POST', json: {} })).status,
      422,
      'an address',
    );
  });

  it('lets whoever lost it in by a recovery code, once, after a restart too; a removed one opens nothing', async () => {
    await signOut();
    // The limit of five log-ins a minute begins anew with it.
    await system.process.stop();
    system = await site.start();
    await open();
    await typeIn();
    await page.getByLabel('Code', { exact: true }).fill(recoveryCodes[0]!);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await isIn();
    const attacker = new Attacker(system);
    const used = { username: name, password, otp: recoveryCodes[0] };
    assert.equal((await attacker.ask('/auth/login', { method: 'POST', json: used })).status, 401);
    await page.getByLabel('Your password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Remove Test phone' }).click();
    await page.getByText('Test phone · localhost').waitFor({ state: 'detached' });
    await signOut();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('No passkey of yours opened this.').waitFor();
    assert.equal((await new Attacker(system).ask('/api/session', { basic: `${name}:${password}` })).status, 200);
  });
});
