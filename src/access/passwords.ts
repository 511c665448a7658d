/** Which passwords are good enough, and making ones that are. Length and a list of common ones; no character classes. */
import { randomInt } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import { isCommonPassword } from './common-passwords.ts';
import { streamPasswordTooShort, weakPassword } from './problems.ts';

export const minimumLength = 12;
export const maximumLength = 1024;
/** RTSP Digest stores a fast hash, which only length makes hard to guess. */
export const minimumStreamLength = 20;

/** Of those that lists of leaked passwords begin with, in lower case, the ones that length alone doesn't stop. */
const common = new Set(
  `123456789012 1234567890123 12345678901234 123456789123 123123123123 111111111111 000000000000 qwertyuiop123
  qwertyuiop12 qwertyuiopas qwertyuiop[] 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv zaq12wsxcde3
  password1234 password12345 password123456 password123! passwordpassword mypassword123 thisismypassword
  changeme1234 changemenow! changemeplease letmeinplease letmein12345 iloveyou1234 iloveyouforever welcome12345
  administrator administrator1 admin1234567 admin12345678 adminadmin12 adminadminadmin superadmin123 rootrootroot
  correcthorsebatterystaple correct horse battery staple trustno1trustno1 abcdefghijkl abcdefghijklm abcd1234abcd
  abc123abc123 a1b2c3d4e5f6 q1w2e3r4t5y6 qwerty123456 qwerty1234567 asdfghjkl123 zxcvbnm12345 surveillance
  surveillance1 surveillance123 securitycamera sentrix12345 sentrixsentrix defaultpassword temporary1234
  unknownunknown footballfootball princess1234 monkey123456 sunshine1234 dragon123456`
    .split(/\s+/)
    .concat('correct horse battery staple'),
);

/** Passwords are compared in NFC: the same key presses on a phone and on a desktop are the same bytes. */
export function normalPassword(password: Secret): Buffer {
  return Buffer.from(password.reveal().normalize('NFC'), 'utf8');
}

/** A password longer than any account can have is wrong without hashing it. */
export function isTooLong(password: Secret): boolean {
  return password.reveal().length > maximumLength * 4;
}

/**
 * `stream`: it is to serve for RTSP too.
 * @throws Problem access/weak-password, access/stream-password-short
 */
export function checkPassword(password: Secret, username: string, options: { readonly stream: boolean }): void {
  if (isTooLong(password)) throw weakPassword(`a password has at most ${maximumLength} characters`);
  const text = password.reveal().normalize('NFC');
  const length = [...text].length;
  if (length < minimumLength) throw weakPassword(`a password has at least ${minimumLength} characters`);
  if (length > maximumLength) throw weakPassword(`a password has at most ${maximumLength} characters`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(text)) throw weakPassword('a password has no control characters in it');
  const folded = text.toLowerCase();
  if (common.has(folded) || common.has(folded.replace(/[^\p{L}\p{N}]/gu, '')) || isCommonPassword(folded))
    throw weakPassword('this password is one of the first that anybody would try');
  if (new Set(text).size < 4) throw weakPassword('a password has at least four different characters');
  if (folded.replaceAll(username.toLowerCase(), '').length < 4)
    throw weakPassword('a password is more than the name of its account');
  if (options.stream && length < minimumStreamLength) throw streamPasswordTooShort(minimumStreamLength);
}

/** No letters or digits that are read wrongly off a screen. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 25 characters in five groups, 125 bits; typed on a phone without shift. */
export function generatePassword(): Secret {
  const group = () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return new Secret(Array.from({ length: 5 }, group).join('-'));
}
