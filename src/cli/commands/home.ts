/** `reset`, `key …`, `cert …`. */
import { Problem } from '../../base/problem.ts';
import { askPassword } from '../passwords.ts';
import { askServer, atHome } from '../reach.ts';
import type { HomeCertificate } from '../system.ts';
import type { Command } from './context.ts';
import { done, reachOf } from './context.ts';

export const reset: Command = async (context) => {
  const { out, io } = context;
  const { result } = await atHome<{ url?: string }>(reachOf(context), 'system.reset', {});
  out.text('All sessions have ended, and no credential of an admin opens anything any more.');
  if (result.url === undefined) out.text('The next start prints a new set-up link.');
  else if (io.stdout.isTTY === true) out.text(`Set it up again here (the link works once):\n`.trimEnd());
  if (result.url !== undefined) {
    out.event('setup', { url: result.url });
    if (io.stdout.isTTY === true) out.text(`  ${result.url}`);
    else out.text('Run this with --json, or on a terminal, to see the new set-up link.');
  }
  return done(out);
};

interface VaultStatus {
  readonly kind: 'absent' | 'locked' | 'open';
  readonly mode?: string;
  readonly ownerRecipient?: string;
}

const words = {
  absent: 'There is no owner key yet, so nothing is recorded. The set-up in the browser makes it.',
  locked: 'The owner key is locked: live view and recording go on, playback waits for `sentrix key unlock`.',
  open: 'The owner key is open.',
};

export const keyStatus: Command = async (context) => {
  const { result } = await atHome<VaultStatus>(reachOf(context), 'key.status', {});
  const { kind, mode, ownerRecipient } = result;
  context.out.text(words[kind]);
  if (mode !== undefined) context.out.text(`  kept as    ${mode}`);
  if (ownerRecipient !== undefined) context.out.text(`  recipient  ${ownerRecipient}`);
  return done(context.out, { state: kind, mode: mode ?? null, recipient: ownerRecipient ?? null });
};

export const keyUnlock: Command = async (context) => {
  const { options, io, out } = context;
  const passphrase = await askPassword(io, {
    fromStdin: options['password-stdin'] === true,
    prompt: 'Passphrase of the owner key',
    confirm: false,
  });
  const result = await askServer<VaultStatus>(reachOf(context), 'key.unlock', { passphrase: passphrase.reveal() });
  if (result === undefined)
    throw new Problem('cli/needs-server', 'there is no running server to unlock', {
      status: 409,
      hint: 'start it first',
    });
  out.text(words[result.kind]);
  return done(out, { state: result.kind });
};

export const certShow: Command = async (context) => {
  const { result } = await atHome<HomeCertificate>(reachOf(context), 'cert.show', {});
  return told(context, result);
};

export const certGenerate: Command = async (context) => {
  const { result } = await atHome<HomeCertificate>(reachOf(context), 'cert.generate', {});
  return told(context, result);
};

function told({ out }: Parameters<Command>[0], certificate: HomeCertificate): number {
  const { source, subject, issuer, names, fingerprint, caFingerprint } = certificate;
  const validFrom = new Date(certificate.validFrom).toISOString();
  const validTo = new Date(certificate.validTo).toISOString();
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['subject', subject],
    ['issuer', issuer],
    ['names', names.join(', ')],
    ['valid', `${validFrom} to ${validTo}`],
    ['SHA-256', fingerprint],
    ['authority', caFingerprint],
  ];
  for (const [name, value] of lines) if (value !== undefined) out.text(`${name.padEnd(10)} ${value}`);
  return done(out, {
    source,
    subject,
    issuer,
    names,
    validFrom,
    validTo,
    fingerprint,
    caFingerprint: caFingerprint ?? null,
  });
}
