/**
 * Runs in the page: reads the clock off whatever the selectors find, once for each picture, and resolves with how old
 * each was when it could first be seen, in ms. The other half of `clock-picture.ts`.
 */
({ selectors, forMs }) =>
  new Promise((resolve) => {
    const screens = selectors.map((selector) => ({ element: document.querySelector(selector), last: -1 }));
    const [columns, rows] = [16, 9];
    const canvas = new OffscreenCanvas(columns * 4, rows * 4);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const ages = [];
    const read = (element) => {
      context.drawImage(element, 0, 0, canvas.width, canvas.height);
      // Two rows of squares, four pixels each: the middle of a square is what no scaling has touched.
      const { data } = context.getImageData(0, 12, canvas.width, 8);
      const bytes = [0, 0, 0, 0];
      for (let i = 0; i < 32; i++) {
        const x = (i % columns) * 4 + 2;
        const y = Math.floor(i / columns) * 4 + 2;
        if (data[(y * canvas.width + x) * 4 + 1] > 128) bytes[i >> 3] |= 128 >> (i & 7);
      }
      const [a, b, c, check] = bytes;
      return ((a + b + c) & 0xff) === check ? a * 65536 + b * 256 + c : undefined;
    };
    const end = performance.now() + forMs;
    const look = () => {
      for (const screen of screens) {
        const code = read(screen.element);
        if (code === undefined || code === screen.last) continue;
        // The first picture may have waited for us; it only says where to go on from.
        if (screen.last >= 0) ages.push((Date.now() - code + 2 ** 24) % 2 ** 24);
        screen.last = code;
      }
      if (performance.now() < end) requestAnimationFrame(look);
      else resolve(ages);
    };
    look();
  });
