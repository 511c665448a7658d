/** What a camera's canvas shows now, as a JPEG on this device. Boxes aren't in it: they are drawn on another canvas. */
export function saveSnapshot(canvas: HTMLCanvasElement, name: string, at: Date): void {
  // The canvas belongs to the worker; a copy of what it shows is ours.
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext('2d')?.drawImage(canvas, 0, 0);
  copy.toBlob(
    (blob) => {
      if (blob === null) return;
      const url = URL.createObjectURL(blob);
      const link = document.createElement('a');
      link.href = url;
      link.download = `${name} ${at.toISOString().slice(0, 19).replaceAll(':', '-')}.jpg`;
      link.click();
      URL.revokeObjectURL(url);
    },
    'image/jpeg',
    0.92,
  );
}
