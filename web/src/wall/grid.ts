/**
 * The grid that gives the pictures the most area: every column count is tried. Where that would make them too small
 * to see anything, the wall scrolls instead.
 */
export interface Grid {
  readonly columns: number;
  /** CSS pixels. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly scrolls: boolean;
}

export interface GridInput {
  readonly count: number;
  /** Room there is, CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Width of a picture to its height. */
  readonly aspect: number;
}

/** On a screen narrower than this (a phone held upright) pictures take the width and the wall scrolls. */
const phoneWidth = 600;
const smallestTile = 220;

export function chooseGrid(input: GridInput): Grid {
  const { count, width, gap } = input;
  if (count <= 0 || width <= 0 || input.height <= 0) return { columns: 1, tileWidth: 0, tileHeight: 0, scrolls: false };
  if (width < phoneWidth) return byWidth(input, count <= 6 ? 1 : 2);
  let best = fitted(input, 1);
  for (let columns = 2; columns <= count; columns++) {
    const grid = fitted(input, columns);
    if (grid.tileWidth > best.tileWidth) best = grid;
  }
  if (best.tileWidth >= Math.min(smallestTile, width)) return best;
  return byWidth(input, Math.max(1, Math.floor((width + gap) / (smallestTile + gap))));
}

function fitted({ count, width, height, gap, aspect }: GridInput, columns: number): Grid {
  const rows = Math.ceil(count / columns);
  const roomWide = (width - gap * (columns - 1)) / columns;
  const roomHigh = (height - gap * (rows - 1)) / rows;
  const tileWidth = Math.max(0, Math.floor(Math.min(roomWide, roomHigh * aspect)));
  return { columns, tileWidth, tileHeight: Math.floor(tileWidth / aspect), scrolls: false };
}

function byWidth({ count, width, height, gap, aspect }: GridInput, columns: number): Grid {
  const tileWidth = Math.floor((width - gap * (columns - 1)) / columns);
  const tileHeight = Math.floor(tileWidth / aspect);
  const rows = Math.ceil(count / columns);
  return { columns, tileWidth, tileHeight, scrolls: rows * tileHeight + (rows - 1) * gap > height };
}

/** The proportions most pictures have; 16:9 while none is known. */
export function commonAspect(
  sizes: readonly { readonly width: number | null; readonly height: number | null }[],
): number {
  const counts = new Map<number, number>();
  for (const { width, height } of sizes) {
    if (width === null || height === null || width <= 0 || height <= 0) continue;
    // A tall picture would give tiles that hold the others badly: it gets bars instead.
    const aspect = Math.max(4 / 3, Math.round((width / height) * 100) / 100);
    counts.set(aspect, (counts.get(aspect) ?? 0) + 1);
  }
  let best = 16 / 9;
  let most = 0;
  for (const [aspect, count] of counts)
    if (count > most) {
      best = aspect;
      most = count;
    }
  return best;
}
