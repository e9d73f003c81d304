/**
 * Failures of the world and of the programmer. Expected outcomes are values (`result.ts`); what the
 * world does to us is an `OperationalError` that says whether repeating can help; a broken promise
 * of our own code is an `InvariantError` and is never retried.
 */

/**
 * What a caller may do after a failure.
 * `never`: repeating cannot help. `after`: nothing was changed, repeat after a pause.
 * `unknown-outcome`: the request may have been carried out; observe before repeating.
 */
export type Retry = 'never' | 'after' | 'unknown-outcome';

/** One entry of a package's error catalogue, from which the reference page is made. */
export interface ErrorKind {
  readonly code: string;
  readonly retry: Retry;
  /** What the operator should do about it. */
  readonly advice: string;
}

export type ErrorFields = Readonly<Record<string, string | number | boolean | null>>;

export interface ErrorDetails {
  readonly fields?: ErrorFields;
  readonly cause?: unknown;
  /** Overrides the kind's answer where one request tells more than its kind. */
  readonly retry?: Retry;
  /** The other side asked for this pause before the next try. */
  readonly retryAfterMs?: number;
}

export class OperationalError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly advice: string;
  readonly fields: ErrorFields;
  readonly retryAfterMs: number | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OperationalError';
    this.code = kind.code;
    this.retry = details.retry ?? kind.retry;
    this.advice = kind.advice;
    this.fields = details.fields ?? {};
    this.retryAfterMs = details.retryAfterMs;
  }
}

export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

/** Asserts what our own code has promised. Use for programmer's errors only. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Makes a `switch` over a union exhaustive: the compiler refuses a forgotten member. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}

/** The text of anything thrown, on one line and without a stack. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
