/**
 * What somebody pastes as a camera's address, taken apart: user and password that stand in it go where passwords belong,
 * so that the address itself can be shown and written down.
 */
export interface Pasted {
  readonly source: string;
  readonly username: string | null;
  readonly password: string | null;
}

/** Characters that a percent sign would stand for are decoded; where that fails they are taken as they are. */
export function takeApart(text: string): Pasted {
  const trimmed = text.trim();
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)@(.*)$/is.exec(trimmed);
  if (match === null) return { source: trimmed, username: null, password: null };
  const [, scheme = '', user = '', rest = ''] = match;
  const colon = user.indexOf(':');
  return {
    source: `${scheme}${rest}`,
    username: decoded(colon === -1 ? user : user.slice(0, colon)),
    password: colon === -1 ? null : decoded(user.slice(colon + 1)),
  };
}

/** A first name for it: that of its host, for nobody has told another yet. */
export function nameFor(taken: readonly string[], word: string): string {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  for (let number = 1; ; number++) {
    const name = number === 1 ? word : `${word} ${number}`;
    if (!used.has(name.toLowerCase())) return name;
  }
}

/** Opens the settings of Larix Broadcaster on the phone that scans it, filled in. */
export function larixLink(camera: { name: string; url: string; username: string; password: string }): string {
  const fields = { url: camera.url, name: camera.name, user: camera.username, pass: camera.password };
  const parts = Object.entries(fields).map(([key, value]) => `conn[][${key}]=${encodeURIComponent(value)}`);
  return `larix://set/v1?${parts.join('&')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
