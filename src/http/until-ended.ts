/** Answers that go on for as long as somebody may look: pictures, and what happens now. */
import type { Parts, Principal } from './parts.ts';

/** Who takes them is there: their session doesn't fall idle. */
const touchEveryMs = 15_000;

/** Calls `end` when this person may look no longer: the session ended, or the account changed. Returns how to forget it. */
export function untilEnded(access: Parts['access'], principal: Principal, end: () => void): () => void {
  const { sessionId, accountId } = principal;
  const forgetAccount = access.onRevoked((revoked) => {
    if (revoked.accountId === accountId) end();
  });
  if (sessionId === undefined) return forgetAccount;
  const forgetSession = access.onSessionEnded((ended) => {
    if (ended.sessionId === sessionId) end();
  });
  const touch = setInterval(() => access.touchSession(sessionId), touchEveryMs);
  return () => {
    clearInterval(touch);
    forgetSession();
    forgetAccount();
  };
}
