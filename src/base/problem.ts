/**
 * The one class for failures that are expected: a person or a program caused them and can do something about them.
 * Anything else that is thrown is a bug. `detail` and `hint` are shown to strangers, so they carry no secret and no
 * absolute path; what only the owner of the log may know goes into `safe` (fields) and `cause`.
 */
export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 416 | 422 | 429 | 500 | 503;

export interface ProblemOptions {
  /** HTTP status by which this failure is answered. Default 500. */
  readonly status?: ProblemStatus;
  /** What the person can do about it; one sentence, lower case, no full stop. */
  readonly hint?: string;
  /** Fields for the log. Never a secret. */
  readonly safe?: Readonly<Record<string, unknown>>;
  /** Seconds after which trying again makes sense (`Retry-After`, RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  /** Stable, documented, `folder/kebab-case`, such as `camera/unauthorized`. */
  readonly code: string;
  /** One sentence for a person: lower case, no full stop, no secret, no absolute path. */
  readonly detail: string;
  readonly status: ProblemStatus;
  readonly hint: string | undefined;
  readonly safe: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, detail: string, options: ProblemOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.status = options.status ?? 500;
    this.hint = options.hint;
    this.safe = options.safe ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What a log line may say of any thrown value: code and fields of a Problem, name and message of the rest. */
export function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof Problem) {
    const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
    return { code: error.code, detail: error.detail, ...error.safe, ...cause };
  }
  if (error instanceof Error) {
    const errno = (error as NodeJS.ErrnoException).code;
    return { error: error.name, message: error.message, ...(errno === undefined ? {} : { errno }) };
  }
  return { error: typeof error };
}
