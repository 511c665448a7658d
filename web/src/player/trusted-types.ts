/**
 * The one Trusted Types policy of the dashboard, `sentrix`. It makes no HTML at all, and the only script it lets
 * through is the worker that was built with the page. Browsers without Trusted Types get the string itself.
 */
interface PolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}

export type ScriptUrlPolicy = (url: string) => string;

/** Refuses, with a TypeError, every URL that isn't in `allowed`. */
export function scriptUrlPolicy(allowed: readonly string[], factory: PolicyFactory | undefined): ScriptUrlPolicy {
  const check = (url: string): string => {
    if (!allowed.includes(url)) throw new TypeError(`no script of ours: ${url}`);
    return url;
  };
  if (factory === undefined) return check;
  const policy = factory.createPolicy('sentrix', { createScriptURL: check });
  // `Worker` takes the policy's object; its type in the DOM library is still the string.
  return (url) => policy.createScriptURL(url) as string;
}

/** The browser's own factory where it has one. */
export function browserPolicyFactory(): PolicyFactory | undefined {
  return (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
}
