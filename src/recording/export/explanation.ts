/** `README.txt` of an export: what lies there, what it proves, and the words by which standard tools check it. */

export interface Explained {
  readonly recording: number;
  readonly camera: string;
  readonly startedAt: string;
  readonly kind: 'in the clear' | 'encrypted';
  /** The log has had the clip's hash since the recording ended; otherwise since the export. */
  readonly since: 'recording' | 'export';
}

/** Between these lines stand the commands, so that a program can run them too. */
const begin = '---- begin commands ----';
const end = '---- end commands ----';

export function explanation({ recording, camera, startedAt, kind, since }: Explained): string {
  const decrypt =
    kind === 'encrypted'
      ? `# decrypt (KEY is the identity file of the person for whom it was encrypted)
age -d -i "\${KEY:-key.txt}" clip.mp4.age > clip.mp4
`
      : '';
  const from =
    since === 'recording'
      ? 'The hash was written into the log when the recording ended.'
      : `The hash was written into the log when this export was made, after the encrypted original
had been opened, which shows every changed byte of it.`;
  return `Recording ${recording} of the camera "${camera}", began ${startedAt} (UTC)

WHAT LIES HERE
  ${kind === 'encrypted' ? 'clip.mp4.age   the video, encrypted by age (https://age-encryption.org)' : 'clip.mp4       the video, every byte as it was recorded'}
  thumbnail.*    a picture of it, where there is one
  facts.json     which recording this is
  entry.json     the entry of the system's log that names the video's SHA-256
  proof.json     the path from that entry to the log's root; path.txt: the same for the commands below
  checkpoint.txt the log's size and root, signed; signed.txt and signature.bin: the same for openssl
  log-key.txt    the public key of the log; log-key.pem: the same for openssl
  verify.html    open it in a browser (2025 or newer, also without a network) and drop these files on it
  SHA256SUMS     whether all files arrived whole

WHAT IT PROVES
  The video is, byte for byte, the one whose hash stands in the log, and the holder of the log's
  key signed that log. ${from}
  It does not prove who holds the key: compare the key's fingerprint with one that the owner gave
  you by another way, or the checkpoint with one that a witness kept. Nor does it prove that the
  camera's clock was right.

TO CHECK IT WITHOUT US
  In a shell with openssl 3, sha256sum, perl${kind === 'encrypted' ? ' and age' : ''}. Each line of the answer ends in OK.

${begin}
set -e
sha256sum -c --quiet SHA256SUMS
echo "files arrived whole: OK"
${decrypt}
# the key's owner signed the checkpoint
openssl pkeyutl -verify -pubin -inkey log-key.pem -rawin -in signed.txt -sigfile signature.bin >/dev/null
echo "signature: OK"

# the entry leads to the root that was signed (RFC 6962)
unhex() { perl -e 'print pack "H*", join "", <STDIN>'; }
hash=$( { printf '\\000'; cat entry.json; } | sha256sum | cut -c 1-64)
while read -r side other; do
  if [ "$side" = left ]; then pair=$other$hash; else pair=$hash$other; fi
  hash=$( { printf '\\001'; printf %s "$pair" | unhex; } | sha256sum | cut -c 1-64)
done < path.txt
[ "$(printf %s "$hash" | unhex | openssl base64 -A)" = "$(sed -n 3p signed.txt)" ]
echo "entry is in the log: OK"

# the video is what the entry names
grep -q "\\"plainSha256\\":\\"$(sha256sum < clip.mp4 | cut -c 1-64)\\"" entry.json
echo "video: OK"

# to compare with what the owner told you
echo "fingerprint of the log's key: $(openssl pkey -pubin -in log-key.pem -outform DER | tail -c 32 | sha256sum | cut -c 1-64)"
${end}
`;
}
