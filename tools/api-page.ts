/** `docs/api.md`, made from the table of routes: the same as `/api/openapi.json`, for reading. */
import { loadAssets } from '../src/http/assets.ts';
import { routeTable } from '../src/http/routes.ts';
import { TestParts } from '../src/http/testing/parts.ts';

export async function apiPage(): Promise<string> {
  const clock = { now: () => 0, monotonicMs: () => 0 };
  const assets = await loadAssets('').catch(() => undefined);
  const deps = { timezone: 'UTC', clock, assets: assets ?? (new Map() as never) };
  const routes = routeTable(new TestParts(), deps).filter(({ hidden }) => !hidden);
  const rows = routes
    .map(({ method, url, access, summary }) => ({
      ...{ method, url, summary: summary.replaceAll('|', '\\|') },
      who: access === 'open' ? 'everybody' : access.action,
    }))
    .toSorted((one, other) => one.url.localeCompare(other.url) || one.method.localeCompare(other.method))
    .map(({ method, url, who, summary }) => `| \`${method} ${url}\` | ${who} | ${summary} |`);
  return `# The API

Everything that the dashboard does goes through these routes. The running server describes each of them in full, with its parameters and
answers, at \`/api/openapi.json\` (OpenAPI 3.1). Authentication is the session's cookie, an API token (\`Authorization: Bearer sxt_…\`) or
Basic; errors are \`{"detail", "code"}\` (see [problems](problems.md)); times are UTC.

The middle column is the permission that the account or the token needs: an admin has all; viewers have what ends in \`.view\`
of the cameras granted to them, but not \`audit.view\` and \`system.view\`. This page is made from the table of routes (\`node tools/reference.ts\`).

| route | needs | does |
|---|---|---|
${rows.join('\n')}
`;
}
