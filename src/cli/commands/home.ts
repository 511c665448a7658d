/** `reset`, `cert …`. */
import { atHome } from '../reach.ts';
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
