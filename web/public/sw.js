/**
 * Keeps the dashboard's own files, so that it opens at once and says by itself that the server is away. Nothing of
 * anybody is ever kept: no API answer, no picture, no video; whatever isn't listed here goes to the network untouched.
 */
const shell = 'sentrix-shell';
const mostFiles = 200;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(shell).then((cache) => cache.addAll(['/', '/layers.css'])));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  // Their names change with their content, and the order of layers doesn't change: what is kept is right for good.
  else if (url.pathname.startsWith('/assets/') || url.pathname === '/layers.css') event.respondWith(file(request));
});

/** The server's page where it answers, else the one kept; both are the same document for every address. */
async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.headers.get('content-type')?.startsWith('text/html')) {
      const cache = await caches.open(shell);
      await cache.put('/', answer.clone());
    }
    return answer;
  } catch (error) {
    const kept = await caches.match('/');
    if (kept === undefined) throw error;
    return kept;
  }
}

async function file(request) {
  const kept = await caches.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(shell);
    await cache.put(request, answer.clone());
    const names = await cache.keys();
    // The oldest first; the page itself stays.
    for (const name of names.slice(0, Math.max(0, names.length - mostFiles)))
      if (!['/', '/layers.css'].includes(new URL(name.url).pathname)) await cache.delete(name);
  }
  return answer;
}
