/** Byte ranges (RFC 9110 §14). One range is served; several are ignored as the RFC allows, so nobody can multiply work. */
export type RangeAnswer =
  | { readonly kind: 'whole' }
  /** From `start` up to but without `end`. */
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

const single = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i;

/** @param header of the request; `sizeBytes` of the whole. Nonsense in bytes is unsatisfiable, other units are ignored. */
export function parseRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  if (header === undefined || !/^bytes=/i.test(header)) return { kind: 'whole' };
  if (header.includes(',')) return { kind: 'whole' };
  const match = single.exec(header);
  if (match === null) return { kind: 'unsatisfiable' };
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return last === '' || length === 0
      ? { kind: 'unsatisfiable' }
      : { kind: 'part', start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  return start >= sizeBytes || end <= start ? { kind: 'unsatisfiable' } : { kind: 'part', start, end };
}

/** Whether `If-None-Match` names this strong tag (RFC 9110 §13.1.2: compared weakly). */
export function noneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
