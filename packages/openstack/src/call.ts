/** What every call to the cloud carries. */

export interface Call {
  /** The call and its retries give up after this long. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}
