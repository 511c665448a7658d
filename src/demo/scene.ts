/** Placeholder until the drawn street lands. */
export const sceneSeconds = 2;
export function sceneFrame(t: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#456"/><rect x="${100 + t * 100}" y="100" width="50" height="50" fill="#fff"/></svg>`;
}
