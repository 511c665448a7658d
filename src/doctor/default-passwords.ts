/**
 * Is this what a camera leaves the factory with? The short list that worms have tried since Mirai (2016): the attacker
 * needs no more, so neither does the doctor.
 */
const passwords = new Set(
  (
    'admin administrator password pass passwd 12345 123456 1234567 12345678 123456789 1234 1111 111111 11111111 0000 000000 ' +
    '666666 888888 88888888 4321 54321 9999 root toor system service guest user supervisor meinsm ikwb jvc default ' +
    'xc3511 vizxv xmhdipc juantech klv123 klv1234 fliradmin wbox123 tlJwpbo6 ubnt camera ipcam hikvision dahua admin123 admin1234'
  ).split(' '),
);

export function isCommonPassword(username: string, password: string): boolean {
  const word = password.toLowerCase();
  return word === '' || word === username.toLowerCase() || passwords.has(password) || passwords.has(word);
}
