/**
 * The picture of the demo camera, drawn: a path along a meadow, a person who walks by, and later a car. Drawn and
 * not filmed, so that it shows nobody and needs no file; shaped so that the detection model finds both.
 */
const width = 640;
const height = 360;

/** Seconds after which the scene begins again. */
export const sceneSeconds = 60;

/** SVG of 640 × 360 at `t` seconds, any number. The same `t` gives the same picture. */
export function sceneFrame(t: number): string {
  const second = ((t % sceneSeconds) + sceneSeconds) % sceneSeconds;
  const parts = [background()];
  // From left to right in 14 s, and the car in 6 s.
  if (second >= 8 && second < 22) parts.push(walker(-60 + ((second - 8) / 14) * (width + 120), second));
  if (second >= 36 && second < 42) parts.push(car(-220 + ((second - 36) / 6) * (width + 440)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${parts.join('')}</svg>`;
}

function background(): string {
  return [
    '<defs>',
    '<linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#a9c3da"/><stop offset="0.4" stop-color="#dfe8ee"/></linearGradient>',
    '<linearGradient id="road" x2="0" y2="1"><stop offset="0" stop-color="#6c6e72"/><stop offset="1" stop-color="#55575b"/></linearGradient>',
    '<linearGradient id="coat" x2="1"><stop offset="0" stop-color="#1f2d44"/><stop offset="0.5" stop-color="#33486b"/><stop offset="1" stop-color="#1c2940"/></linearGradient>',
    '<linearGradient id="jeans" x2="1"><stop offset="0" stop-color="#2b3038"/><stop offset="0.5" stop-color="#444c58"/><stop offset="1" stop-color="#262b33"/></linearGradient>',
    '<linearGradient id="skin" x2="1"><stop offset="0" stop-color="#c08f73"/><stop offset="0.6" stop-color="#e0b498"/><stop offset="1" stop-color="#c9987c"/></linearGradient>',
    '<linearGradient id="paint" x2="0" y2="1"><stop offset="0" stop-color="#d64b40"/><stop offset="0.5" stop-color="#b3241c"/><stop offset="1" stop-color="#6e120d"/></linearGradient>',
    '<linearGradient id="glass" x2="0" y2="1"><stop offset="0" stop-color="#9fb4c2"/><stop offset="1" stop-color="#2e3a44"/></linearGradient>',
    '</defs>',
    `<rect width="${width}" height="${height}" fill="url(#sky)"/>`,
    // A meadow up to a wood; rows of windows over a street are a train to the model.
    '<path d="M0 96Q40 60 90 84Q130 40 190 78Q250 52 300 86Q360 46 420 82Q480 56 530 84Q590 58 640 92V180H0Z" fill="#5f7d57"/>',
    '<path d="M0 128Q70 96 150 122Q240 100 330 126Q430 98 520 124Q590 108 640 122V200H0Z" fill="#6f8f5f"/>',
    `<rect y="140" width="${width}" height="80" fill="#93ab74"/>`,
    `<path d="M0 210Q160 204 320 210T640 208V262H0Z" fill="#c9c0ac"/>`,
    `<path d="M0 260Q200 254 400 260T640 258V360H0Z" fill="url(#road)"/>`,
  ].join('');
}

/** A person of 170 pixels (the model finds a greater one less surely), feet at y = 250, middle at `x`; arms and legs swing with `second`. */
function walker(x: number, second: number): string {
  const swing = Math.sin(second * 5.5);
  const bob = Math.abs(Math.cos(second * 5.5)) * 3;
  const leg = (angle: number, shade: string) =>
    `<g transform="rotate(${(angle * 24).toFixed(1)} 0 -98)"><path d="M-13 -100Q-15 -60 -10 -52L-8 -10H8L11 -52Q15 -80 13 -100Z" fill="${shade}"/><path d="M-9 -12H8L20 -3Q21 2 16 2H-9Z" fill="#1b1b1d"/></g>`;
  const arm = (angle: number, shade: string) =>
    `<g transform="rotate(${(angle * 26).toFixed(1)} 0 -158)"><path d="M-8 -160Q-11 -130 -8 -118L-4 -92H6L9 -120Q11 -145 8 -160Z" fill="${shade}"/><ellipse cx="2" cy="-87" rx="6" ry="8" fill="url(#skin)"/></g>`;
  return [
    `<g transform="translate(${x.toFixed(1)} ${(250 - bob).toFixed(1)}) scale(0.8)">`,
    '<ellipse cx="0" cy="4" rx="38" ry="6" fill="#000" opacity="0.25"/>',
    arm(-swing, '#18233a'),
    leg(swing, '#22262d'),
    leg(-swing, 'url(#jeans)'),
    '<path d="M-20 -164Q0 -176 20 -164Q27 -130 21 -90Q0 -84 -21 -90Q-27 -130 -20 -164Z" fill="url(#coat)"/>',
    '<path d="M2 -166V-90" stroke="#131c2e" stroke-width="1.5"/>',
    '<rect x="-6" y="-178" width="13" height="16" fill="#b98a6e"/>',
    '<ellipse cx="2" cy="-190" rx="14" ry="18" fill="url(#skin)"/>',
    '<path d="M-13 -188Q-16 -212 3 -211Q19 -210 16 -194Q8 -202 -2 -200Q-6 -190 -8 -180Q-13 -182 -13 -188Z" fill="#2a1d14"/>',
    arm(swing, 'url(#coat)'),
    '</g>',
  ].join('');
}

/** The side of a small car, 180 pixels long, front to the right, middle at `x`. */
function car(x: number): string {
  const wheel = (at: number) =>
    `<circle cx="${at}" cy="-18" r="20" fill="#17181a"/><circle cx="${at}" cy="-18" r="12" fill="#a9adb2"/><circle cx="${at}" cy="-18" r="4" fill="#4a4d52"/>`;
  return [
    `<g transform="translate(${x.toFixed(1)} 322) scale(0.9)">`,
    '<ellipse cx="0" cy="0" rx="108" ry="8" fill="#000" opacity="0.35"/>',
    '<path d="M-100 -22Q-104 -48 -92 -54L-70 -60Q-50 -88 -30 -92H20Q40 -90 62 -62Q92 -58 99 -46Q104 -34 100 -20L-96 -16Z" fill="url(#paint)"/>',
    '<path d="M-60 -61Q-44 -83 -28 -85H-8V-60Z" fill="url(#glass)"/><path d="M-2 -85H17Q33 -83 50 -61L-2 -60Z" fill="url(#glass)"/>',
    '<path d="M-5 -85V-22M-58 -60Q-62 -40 -54 -24M54 -60Q58 -44 50 -24" stroke="#5a0f0b" stroke-width="1.5" fill="none"/>',
    '<rect x="8" y="-54" width="12" height="3" rx="1" fill="#40100c"/><rect x="-48" y="-54" width="12" height="3" rx="1" fill="#40100c"/>',
    '<path d="M88 -52Q99 -48 100 -40H90Z" fill="#f3eccb"/><path d="M-99 -50H-90V-38H-101Z" fill="#ff5a3c"/>',
    '<path d="M-100 -24L100 -22L99 -14L-97 -12Z" fill="#2a2b2e"/>',
    wheel(-62),
    wheel(62),
    '</g>',
  ].join('');
}
