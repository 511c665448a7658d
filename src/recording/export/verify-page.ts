/**
 * `verify.html`: a page that checks an export in a browser, without a network and without us. The content policy lets
 * nothing in but this one script and style, by their hashes. What it checks, in this order: the clip's hash is the one
 * that the log's entry names, the entry leads through the proof to the root of the checkpoint (RFC 6962 §2.1.1), and
 * the log's key has signed the checkpoint (C2SP signed-note, Ed25519).
 */
import { createHash } from 'node:crypto';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
#drop { border: 2px dashed #888; border-radius: 8px; padding: 2rem; text-align: center }
#verdict { font-size: 1.25rem; font-weight: 600; margin: 1.5rem 0 .5rem }
#verdict.good { color: #0a6b2d } #verdict.bad { color: #a3121f }
li.bad { color: #a3121f } code { overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } #verdict.good { color: #5fd38a } #verdict.bad, li.bad { color: #ff8a93 } }
`;

const script = String.raw`
'use strict';
const wanted = ['entry.json', 'proof.json', 'checkpoint.txt', 'log-key.txt'];
const maxClipBytes = 1.9 * 2 ** 30;
const maxTextBytes = 65536;
const files = new Map();
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromBase64 = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()));
const same = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);
const element = (id) => document.getElementById(id);
class Wrong extends Error {}

async function text(name) {
  const file = files.get(name);
  if (file === undefined) throw new Wrong(name + ' is missing');
  if (file.size > maxTextBytes) throw new Wrong(name + ' is too long');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
}

async function openedKey() {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})\n?$/.exec(await text('log-key.txt'));
  if (parts === null) throw new Wrong('log-key.txt is no key of a log');
  const [, name, id, encoded] = parts;
  const bytes = fromBase64(encoded);
  const expected = (await sha256(name + '\n', bytes)).subarray(0, 4);
  if (bytes.length !== 33 || bytes[0] !== 1 || hex(expected) !== id) throw new Wrong('log-key.txt was changed');
  return { name, id, bytes: bytes.subarray(1) };
}

async function openedCheckpoint(key) {
  const note = /^(([^\n]+)\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\n)\n((?:\u2014 [^\n]+\n)+)$/.exec(await text('checkpoint.txt'));
  if (note === null) throw new Wrong('checkpoint.txt is no checkpoint');
  const [, signed, origin, size, root, lines] = note;
  if (origin !== key.name) throw new Wrong('checkpoint.txt is of another log than log-key.txt');
  const publicKey = await crypto.subtle.importKey('raw', key.bytes, { name: 'Ed25519' }, false, ['verify']);
  for (const line of lines.trimEnd().split('\n')) {
    const found = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (found === null || found[1] !== key.name) continue;
    const signature = fromBase64(found[2]);
    if (signature.length !== 68 || hex(signature.subarray(0, 4)) !== key.id) continue;
    if (await crypto.subtle.verify('Ed25519', publicKey, signature.subarray(4), new TextEncoder().encode(signed)))
      return { size: Number(size), root: fromBase64(root) };
  }
  throw new Wrong('the signature of checkpoint.txt does not fit: it, or the key, was changed');
}

async function provenEntry(checkpoint) {
  let proof;
  try { proof = JSON.parse(await text('proof.json')); } catch (error) { if (error instanceof Wrong) throw error; throw new Wrong('proof.json was changed: it cannot be read'); }
  const { sequence, hashes } = proof ?? {};
  if (!Number.isSafeInteger(sequence) || sequence < 0 || !Array.isArray(hashes) || hashes.length > 64 || !hashes.every((one) => /^[0-9a-f]{64}$/.test(one)))
    throw new Wrong('proof.json was changed: it is no proof');
  if (sequence >= checkpoint.size) throw new Wrong('proof.json names an entry that the checkpoint does not have');
  const entry = files.get('entry.json');
  if (entry.size > maxTextBytes) throw new Wrong('entry.json is too long');
  let hash = await sha256(new Uint8Array([0]), entry);
  let at = sequence;
  let last = checkpoint.size - 1;
  for (const one of hashes) {
    if (last === 0) throw new Wrong('proof.json is too long for the checkpoint');
    const other = Uint8Array.from(one.match(/../g), (pair) => parseInt(pair, 16));
    if (at % 2 === 1 || at === last) {
      hash = await sha256(new Uint8Array([1]), other, hash);
      while (at % 2 === 0 && at !== 0) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
    } else hash = await sha256(new Uint8Array([1]), hash, other);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0 || !same(hash, checkpoint.root)) throw new Wrong('entry.json is not in the signed log: it, or proof.json, was changed');
  const said = JSON.parse(await text('entry.json'));
  if (said.sequence !== sequence) throw new Wrong('proof.json names another entry');
  return said;
}

async function checkedClip(entry) {
  const expected = entry.detail?.plainSha256;
  if (typeof expected !== 'string') throw new Wrong('entry.json names no hash of a clip');
  const clip = files.get('clip.mp4');
  if (clip === undefined)
    throw new Wrong(files.has('clip.mp4.age') ? 'clip.mp4.age is encrypted: decrypt it first (README.txt says how), then drop clip.mp4 here too' : 'clip.mp4 is missing');
  if (clip.size > maxClipBytes) throw new Wrong('clip.mp4 is too long for a browser: check its hash as README.txt says');
  if (hex(await sha256(clip)) !== expected) throw new Wrong('clip.mp4 was changed: it is not what the log names');
}

async function checkedFacts(entry) {
  let facts;
  try { facts = JSON.parse(await text('facts.json')); } catch (error) { if (error instanceof Wrong) throw error; throw new Wrong('facts.json was changed: it cannot be read'); }
  if (facts.recording !== entry.detail.recording || facts.camera !== entry.camera || facts.sha256 !== entry.detail.plainSha256)
    throw new Wrong('facts.json was changed: it is about another recording than the log');
  return facts;
}

async function verify() {
  const list = element('steps');
  const verdict = element('verdict');
  list.replaceChildren();
  const say = (words, bad) => { const item = document.createElement('li'); item.textContent = words; if (bad) item.className = 'bad'; list.append(item); };
  try {
    for (const name of wanted) if (!files.has(name)) throw new Wrong(name + ' is missing');
    const key = await openedKey();
    const checkpoint = await openedCheckpoint(key);
    say('The checkpoint (' + checkpoint.size + ' entries) is signed by the log ' + key.name + '.');
    const entry = await provenEntry(checkpoint);
    say('Entry ' + entry.sequence + ' of ' + new Date(entry.at).toISOString() + ' is in that log.');
    await checkedClip(entry);
    say('clip.mp4 is, byte for byte, what that entry names: recording ' + entry.detail.recording + ' of the camera ' + entry.camera + '.');
    if (files.has('facts.json')) {
      await checkedFacts(entry);
      say('facts.json is about this recording.');
    }
    if (entry.kind !== 'recording.finished') say('The log knows the hash of the clip since it was exported, not since it was filmed.');
    say('Compare this with what the owner of the system tells you by another way. Fingerprint of the log’s key: ' + hex(await sha256(key.bytes)));
    verdict.className = 'good';
    verdict.textContent = 'Good: the clip is what was recorded.';
  } catch (error) {
    const why = error instanceof Wrong ? error.message : 'something cannot be read (' + error.name + ')';
    say(why, true);
    verdict.className = 'bad';
    verdict.textContent = 'Not proven: ' + why + '.';
  }
}

let running = Promise.resolve();
function take(given) {
  for (const file of given) files.set(file.name, file);
  running = running.then(verify);
}
element('files').addEventListener('change', (event) => take(event.target.files));
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => { event.preventDefault(); take(event.dataTransfer.files); });
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export function verifyPage(): string {
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>Is this clip what was recorded?</title>
<style>${style}</style>
<h1>Is this clip what was recorded?</h1>
<p>Drop all files of this folder here, or choose them. Nothing leaves this computer: the page has no network.</p>
<p id="drop"><label>Files of the export <input type="file" id="files" multiple></label></p>
<p id="verdict" role="status"></p>
<ol id="steps"></ol>
<p>README.txt says how the same is checked without this page, by standard tools.</p>
<script>${script}</script>
</html>
`;
}
