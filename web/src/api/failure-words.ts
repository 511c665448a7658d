import { messages } from '../messages/messages.ts';
import { sentence } from '../messages/sentence.ts';
import { ApiError } from './client.ts';

/** Why a request failed, as a sentence for who made it. */
export function whyNot(failure: unknown): string {
  if (!(failure instanceof ApiError)) return messages.somethingFailed;
  if (failure.kind === 'unreachable') return messages.unreachable;
  if (failure.status === 429) return messages.signIn.limited(failure.retryAfterSeconds);
  return failure.detail === '' ? messages.somethingFailed : sentence(failure.detail);
}

/** The same where the current password was asked for once more. */
export function passwordError(failure: unknown): string {
  return failure instanceof ApiError && failure.status === 401 ? messages.account.wrongPassword : whyNot(failure);
}
