/** What an ONNX file says of itself: `metadata_props`, field 14 of ModelProto in onnx.proto, read without the rest. */

/** More of it than this isn't read: labels of a thousand classes are a tenth. */
const maxEntryBytes = 256 * 1024;

/** Key to value. A file that is no ONNX gives what was read up to there; the runtime will say what it is. */
export function onnxMetadata(bytes: Uint8Array): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { field, content } of fields(bytes)) {
    if (field !== 14 || content.length > maxEntryBytes) continue;
    const entry = new Map([...fields(content)].map((one) => [one.field, one.content]));
    const [key, value] = [entry.get(1), entry.get(2)];
    if (key !== undefined && value !== undefined) found.set(textOf(key), textOf(value));
  }
  return found;
}

/**
 * The class names that exporters write: a Python dictionary (`{0: 'person', 1: 'bicycle'}`) or a JSON list. Undefined
 * where the text is neither or has gaps.
 */
export function parseNames(text: string): readonly string[] | undefined {
  const names: string[] = [];
  if (text.trimStart().startsWith('[')) {
    try {
      const list: unknown = JSON.parse(text);
      return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list : undefined;
    } catch {
      return undefined;
    }
  }
  for (const [, index, single, double] of text.matchAll(/(\d{1,5})\s*:\s*(?:'([^']{1,64})'|"([^"]{1,64})")/g))
    names[Number(index)] = (single ?? double)!;
  return names.length > 0 && !names.includes(undefined as never) ? [...names] : undefined;
}

interface Field {
  readonly field: number;
  readonly content: Uint8Array;
}

/** Length-delimited fields of one message; others are stepped over. */
function* fields(bytes: Uint8Array): Generator<Field, void, void> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 53 && at < bytes.length; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    at = bytes.length + 1;
    return 0;
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag & 7) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (at + length > bytes.length) return;
        yield { field, content: bytes.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        return;
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
