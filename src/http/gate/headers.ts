/** What every answer carries, whatever it answers. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types sentrix',
].join('; ');

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // camera and microphone are for "this device as a camera" on our own pages
  'permissions-policy':
    'accelerometer=(), autoplay=(self), camera=(self), display-capture=(), fullscreen=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(self), midi=(), payment=(), usb=()',
  'cache-control': 'no-store',
  vary: 'Origin',
};

/** Not for `localhost`: there it would reach every other program on any port of that name (conventions, 8). */
export function strictTransport(hostName: string | undefined): string | undefined {
  return hostName === undefined || hostName === 'localhost' ? undefined : 'max-age=31536000';
}
