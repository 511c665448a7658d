/**
 * The contract with existing clients, read from its own table: every route there answers with the members that it writes
 * down, in the shapes it gives, and refuses in the words of its last line.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from './support/process.ts';
import type { System } from './support/sentrix.ts';
import { Site } from './support/sentrix.ts';
import { shared } from './support/shared.ts';

const contractFile = join(shared, 'contract', 'http-api.md');
const withoutContract = existsSync(contractFile) ? false : 'no contract beside the checkout (SENTRIX_SHARED)';

type Shape =
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Shape>; readonly keyed: Shape | undefined }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'word'; readonly text: string };

/** The table's notation: `{name, name: shape, ID: {…}, ...}`, `[shape]`, and words. */
function parseShape(text: string): Shape {
  let at = 0;
  const space = (): void => {
    while (/[\s,]/.test(text[at] ?? '')) at++;
  };
  const shape = (): Shape => {
    space();
    if (text[at] === '[') {
      at++;
      const of = shape();
      while (text[at] !== ']' && at < text.length) at++;
      at++;
      return { kind: 'list', of };
    }
    if (text[at] === '{') return object();
    const word = /^[^,\]}]*/.exec(text.slice(at))![0];
    at += word.length;
    return { kind: 'word', text: word.trim() };
  };
  const object = (): Shape => {
    const members = new Map<string, Shape>();
    let keyed: Shape | undefined;
    at++;
    for (space(); text[at] !== '}' && at < text.length; space()) {
      if (text.startsWith('...', at)) {
        at += 3;
        continue;
      }
      const name = /^\w+/.exec(text.slice(at))?.[0] ?? '';
      assert.ok(name !== '', `the table is understood at: ${text.slice(at, at + 30)}`);
      at += name.length;
      // `name (unit)`
      const note = /^\s*\([^)]*\)/.exec(text.slice(at))?.[0] ?? '';
      at += note.length;
      space();
      let value: Shape = { kind: 'word', text: '' };
      if (text[at] === ':') {
        at++;
        value = shape();
        // What stands behind a word, such as `(credentials masked)`, is for people.
        at += /^[^,}\]]*/.exec(text.slice(at))![0].length;
      }
      if (/^[A-Z]+$/.test(name) || (name === 'class' && value.kind === 'word' && value.text === 'n')) keyed = value;
      else members.set(name, value);
    }
    at++;
    return { kind: 'object', members, keyed };
  };
  return shape();
}

function check(value: unknown, shape: Shape, named: ReadonlyMap<string, Shape>, where: string): void {
  if (shape.kind === 'word') {
    const known = named.get(shape.text);
    if (known !== undefined) check(value, known, named, where);
    return;
  }
  if (shape.kind === 'list') {
    assert.ok(Array.isArray(value), `${where} is a list`);
    for (const [index, one] of value.entries()) check(one, shape.of, named, `${where}[${index}]`);
    return;
  }
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${where} is an object`);
  const members = value as Record<string, unknown>;
  for (const [name, inner] of shape.members) {
    assert.ok(Object.hasOwn(members, name), `${where} has ${name}`);
    check(members[name], inner, named, `${where}.${name}`);
  }
  if (shape.keyed !== undefined)
    for (const [name, one] of Object.entries(members)) check(one, shape.keyed, named, `${where}.${name}`);
}

interface Row {
  readonly method: string;
  readonly path: string;
  readonly shape: Shape | undefined;
}

function readContract(): { readonly rows: readonly Row[]; readonly named: ReadonlyMap<string, Shape> } {
  const text = readFileSync(contractFile, 'utf8').replaceAll('\\|', ' or ');
  const rows = [...text.matchAll(/^\| `(GET|POST|DELETE) ([^`]+)` \|([^|]*)\|(.*)\|$/gm)].map(
    ([, method, path, , answers]): Row => {
      const shape = /^\s*(?:one feed: )?`(\{.*?\})`/.exec(answers!)?.[1];
      return { method: method!, path: path!, shape: shape === undefined ? undefined : parseShape(shape) };
    },
  );
  const recording = /`Recording` = `(\{[\s\S]*?\})`/.exec(text)![1]!;
  return { rows, named: new Map([['Recording', parseShape(recording)]]) };
}

describe('the contract of existing clients', { skip: withoutContract }, () => {
  let site: Site;
  let system: System;
  let recording: { readonly id: number; readonly file_url: string };

  before(async () => {
    site = await Site.create(
      (at) => `
network: { api_port: 0 }
detection: { port: 0, enabled: false }
recording: { recordings_dir: "${at.recordings}", pre_buffer_seconds: 1 }
advanced: { mediamtx: { rtsp_port: 0, rtsps_port: 0, hls_port: 0 } }
`,
    );
    await site.addUser('owner', 'admin', 'correct horse battery');
    system = await site.start();
    await system.login('owner', 'correct horse battery');
    await eventually('the camera is live', async () => {
      const { streams } = (await system.ask('/api/streams')).json<{ streams: { status: string }[] }>();
      return streams[0]?.status === 'active' ? true : undefined;
    });
    await system.ask('/api/cameras/demo/record', { method: 'POST', body: { action: 'start', seconds: 2 } });
    recording = await eventually('there is a recording', async () => {
      const { recordings } = (await system.ask('/api/recordings')).json<{ recordings: (typeof recording)[] }>();
      return recordings[0];
    });
  });

  after(async () => {
    await system?.process.stop();
    await site?.remove();
  });

  it('is answered as its table has it', async () => {
    const { rows, named } = readContract();
    assert.ok(rows.length >= 17, `${rows.length} routes are read`);
    let checked = 0;
    for (const { method, path, shape } of rows) {
      if (shape === undefined || method === 'DELETE') continue;
      const target = path.replace('ID', 'demo').replace('{id}', String(recording.id));
      const credentials = { username: 'owner', password: 'correct horse battery' };
      const answer = await system.ask(target, method === 'POST' ? { method, body: credentials } : {});
      assert.equal(answer.status, 200, `${method} ${target}`);
      check(answer.json(), shape, named, path);
      checked++;
    }
    assert.ok(checked >= 8, `${checked} answers are compared`);
    const one = (await system.ask(`/api/recordings/${recording.id}`)).json();
    check(one, named.get('Recording')!, named, 'Recording');
  });

  it('refuses as its last line has it, and a deleted recording is gone', async () => {
    for (const [target, status] of [
      ['/api/recordings/999999', 404],
      ['/api/recordings?limit=0', 422],
      ['/api/recordings?limit=1001', 422],
      ['/api/recordings?min_confidence=1.1', 422],
      ['/api/recordings?start_date=yesterday', 422],
      ['/api/stats/times?days=91', 422],
      ['/recordings/../surveillance.yml', 403],
      ['/recordings/demo/nothing.mp4', 404],
      ['/recordings/demo/nothing.exe', 403],
      ['/status?feed=nowhere', 404],
    ] as const) {
      const answer = await system.ask(target);
      assert.equal(answer.status, status, target);
      assert.equal(typeof answer.json<{ detail: unknown }>().detail, 'string', target);
    }
    const part = await system.ask(recording.file_url, { headers: { range: 'bytes=0-99' } });
    assert.deepEqual([part.status, part.body.length, part.headers['content-type']], [206, 100, 'video/mp4']);
    const target = `/api/recordings/${recording.id}`;
    const gone = (await system.ask(target, { method: 'DELETE' })).json<{ success: boolean; message: string }>();
    assert.deepEqual([gone.success, typeof gone.message], [true, 'string']);
    assert.equal((await system.ask(target)).status, 404);
    assert.equal((await system.ask(recording.file_url)).status, 404);
  });
});
