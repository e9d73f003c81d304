/**
 * What a failed exchange means. The rule: whoever reads `after` knows that nothing was changed, so
 * that a request that changes something gets it only when it was certainly not carried out.
 */
import { type ErrorFields, messageOf, OperationalError, type Retry } from '@medevac/kernel';
import { cloudErrors } from '../errors.ts';
import { LAST_LOOK_MS } from './last-look.ts';
import { retryAfterMs } from './retry-after.ts';
import type { SendFailure, WireAnswer } from './send-once.ts';

/** What an error tells about the request it belongs to. */
export interface RequestLabel {
  /** Service type, as in the catalogue. */
  readonly service: string;
  readonly method: string;
  /** Address with query; it never holds a secret. */
  readonly url: string;
  /** Carrying it out twice is the same as once, and nobody minds. Otherwise it is sent once. */
  readonly repeatable: boolean;
}

const TLS_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'EPROTO',
  'HOSTNAME_MISMATCH',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export const describeRequest = (label: RequestLabel): string =>
  `${label.service}: ${label.method} ${label.url}`;

/** Trouble before or instead of an answer. */
export function failureWithoutAnswer(label: RequestLabel, failure: SendFailure): OperationalError {
  const { cause } = failure;
  const what = describeRequest(label);
  const fields = { ...fieldsOf(label), sent: failure.sent };
  if (failure.tooLarge) {
    const retry: Retry = label.repeatable ? 'never' : 'unknown-outcome';
    const details = { fields, cause, retry };
    return new OperationalError(
      cloudErrors.answerTooLarge,
      `${what}: ${messageOf(cause)}`,
      details,
    );
  }
  if (failure.sent) {
    const retry: Retry = label.repeatable ? 'after' : 'unknown-outcome';
    const details = { fields, cause, retry };
    const text = `${what}: the connection broke before the answer (${messageOf(cause)})`;
    return new OperationalError(cloudErrors.replyLost, text, details);
  }
  const code = codeOf(cause);
  const kind = isTlsTrouble(code) ? cloudErrors.tlsFailed : cloudErrors.unreachable;
  const text = `${what}: cannot connect (${messageOf(cause) || code || 'no reason given'})`;
  return new OperationalError(kind, text, { fields, cause });
}

/** The time of the call ended. Never sent: certainly nothing happened. */
export function failureByDeadline(
  label: RequestLabel,
  sent: boolean,
  deadlineMs: number,
): OperationalError {
  const retry: Retry = label.repeatable || !sent ? 'after' : 'unknown-outcome';
  const how = sent ? 'no answer' : 'not sent';
  return new OperationalError(
    cloudErrors.timeout,
    `${describeRequest(label)}: ${how} within ${Math.round(deadlineMs)} ms`,
    { retry, fields: { ...fieldsOf(label), sent, deadlineMs: Math.round(deadlineMs) } },
  );
}

/** Held up until its caller's last look was too old to act upon: certainly nothing happened. */
export function failureByOldLook(label: RequestLabel): OperationalError {
  return new OperationalError(
    cloudErrors.lookTooOld,
    `${describeRequest(label)}: not sent, it had no token or no connection for ${LAST_LOOK_MS} ms`,
    { fields: { ...fieldsOf(label), sent: false } },
  );
}

/** A service refused our token, which precedes any action: certainly nothing happened. */
export function failureByToken(
  label: RequestLabel,
  answer: { readonly requestId: string | undefined },
): OperationalError {
  const request = answer.requestId === undefined ? '' : ` (request ${answer.requestId})`;
  return new OperationalError(
    cloudErrors.tokenRefused,
    `${describeRequest(label)} answered 401: our token was refused and is renewed${request}`,
    { fields: { ...fieldsOf(label), status: 401, requestId: answer.requestId ?? null } },
  );
}

/** The caller gave up after the request was on its way: what it did is unknown. */
export function failureByAbort(label: RequestLabel, reason: Error): OperationalError {
  const text = `${describeRequest(label)}: given up while waiting (${messageOf(reason)})`;
  const details = { fields: { ...fieldsOf(label), sent: true }, cause: reason };
  return new OperationalError(cloudErrors.replyLost, text, details);
}

/** An answer that its caller does not take as one. */
export function failureByStatus(label: RequestLabel, answer: WireAnswer): OperationalError {
  const { status, headers } = answer;
  const requestId = requestIdOf(headers);
  const pauseMs = retryAfterMs(headers);
  const text = [
    `${describeRequest(label)} answered ${status}`,
    explanationOf(answer) && `: ${explanationOf(answer)}`,
    requestId && ` (request ${requestId})`,
  ]
    .filter(Boolean)
    .join('');
  const fields = { ...fieldsOf(label), status, requestId: requestId ?? null };
  const pause = pauseMs === undefined ? {} : { retryAfterMs: pauseMs };
  const acted: Retry = label.repeatable ? 'after' : 'unknown-outcome';
  // 429 is answered before a request is looked at; a 503 may come from behind the action.
  if (status === 429) return new OperationalError(cloudErrors.busy, text, { fields, ...pause });
  if (status === 503) {
    return new OperationalError(cloudErrors.busy, text, { fields, ...pause, retry: acted });
  }
  if (status >= 500)
    return new OperationalError(cloudErrors.failed, text, { fields, retry: acted });
  if (status === 401) return new OperationalError(cloudErrors.authFailed, text, { fields });
  if (status === 403) return new OperationalError(cloudErrors.forbidden, text, { fields });
  if (status === 406) {
    return new OperationalError(cloudErrors.microversionUnsupported, text, { fields });
  }
  return new OperationalError(cloudErrors.refused, text, { fields });
}

export function requestIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];
}

/**
 * The sentence in an error body. Nova and most others say `{kind: {message}}`, Placement
 * `{errors: [{detail}]}`; a proxy says HTML, of which the text is kept.
 */
export function explanationOf(answer: WireAnswer): string {
  let found: string | undefined;
  try {
    found = findSentence(JSON.parse(answer.text));
  } catch {
    found = answer.text.replace(/<style.*?<\/style>|<[^>]*>/gs, ' ');
  }
  const line = (found ?? '').replace(/\s+/g, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 497)}...` : line;
}

function findSentence(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  for (const key of ['message', 'detail', 'faultstring', 'title']) {
    const value: unknown = Reflect.get(body, key);
    if (typeof value === 'string' && value !== '') return value;
  }
  for (const value of Object.values(body)) {
    const found = findSentence(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fieldsOf(label: RequestLabel): ErrorFields {
  return { service: label.service, method: label.method, url: label.url };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}

function isTlsTrouble(code: string): boolean {
  return TLS_CODES.has(code) || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL');
}
