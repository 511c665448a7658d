export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The largest rectangle of the picture's proportions inside the area, centred: CSS `object-fit: contain`. */
export function contain(pictureWidth: number, pictureHeight: number, areaWidth: number, areaHeight: number): Rect {
  if (pictureWidth <= 0 || pictureHeight <= 0) return { x: 0, y: 0, width: 0, height: 0 };
  const scale = Math.min(areaWidth / pictureWidth, areaHeight / pictureHeight);
  const width = pictureWidth * scale;
  const height = pictureHeight * scale;
  return { x: (areaWidth - width) / 2, y: (areaHeight - height) / 2, width, height };
}

/**
 * Size of the canvas for a picture: as large as its place on the screen needs (device pixels) and never larger than
 * the picture itself, for more pixels than both would only be copied around.
 */
export function canvasSize(
  picture: { readonly width: number; readonly height: number },
  area: { readonly width: number; readonly height: number },
): { width: number; height: number } {
  if (area.width <= 0 || area.height <= 0) return { width: picture.width, height: picture.height };
  const fitted = contain(picture.width, picture.height, area.width, area.height);
  const scale = Math.min(1, fitted.width / picture.width);
  return {
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
  };
}
