/**
 * The catalogue of HTTP errors that the API answers with, in Masakari's words. Handlers throw them,
 * one error handler turns them into the body that clients know. Texts are part of the contract.
 */
import { LIMITS } from '@medevac/kernel';

/** The key under which the body of an error stands, by status. */
const KEY_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};
const KEY_OF_OTHERS = 'masakariFault';
/**
 * For callers whose token could not be checked; long enough for one restart of Keystone's workers.
 */
const KEYSTONE_PAUSE_MS = 5_000;

export interface ErrorBody {
  readonly [key: string]: { readonly code: number; readonly message: string };
}

/** An answer that is not a success. Its message is meant for the caller and names no internals. */
export class ApiError extends Error {
  readonly status: number;
  /** When the caller may try again; told in `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, cause?: unknown, retryAfterMs?: number) {
    // A refusal is an answer, of which nobody reads a stack: taking it costs most of it all.
    const { stackTraceLimit } = Error;
    if (status < 500) Error.stackTraceLimit = 0;
    super(message, cause === undefined ? undefined : { cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'ApiError';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The body for a status: `{"badRequest": {"code": 400, "message": "..."}}`. */
export const errorBody = (status: number, message: string): ErrorBody => ({
  [KEY_OF_STATUS[status] ?? KEY_OF_OTHERS]: { code: status, message },
});

/** The body of a refused token, as Keystone's middleware writes it. */
export const UNAUTHORIZED_BODY = {
  error: {
    code: 401,
    title: 'Unauthorized',
    message: 'The request you have made requires authentication.',
  },
} as const;

/** The body for a path that no route serves, as the web framework below Masakari writes it. */
export const UNROUTED_BODY = {
  message: 'The resource could not be found.<br /><br />\n\n\n',
  code: '404 Not Found',
  title: 'Not Found',
} as const;

/** 401: the token is absent, invalid, expired or revoked. Answered with `UNAUTHORIZED_BODY`. */
export class Unauthorized extends Error {}

const badRequest = (message: string): ApiError => new ApiError(400, message);
const notFound = (message: string): ApiError => new ApiError(404, message);
const conflict = (message: string): ApiError => new ApiError(409, message);

export const malformedBody = (): ApiError => badRequest('Malformed request body');
export const invalidBody = (message: string): ApiError => badRequest(message);
export const invalidQuery = (message: string): ApiError => badRequest(message);
export const unknownMarker = (marker: string): ApiError =>
  badRequest(`Marker ${marker} could not be found.`);
export const projectMismatch = (inUrl: string, inToken: string): ApiError =>
  badRequest(
    `Malformed request URL: URL's project_id '${inUrl}' doesn't match ` +
      `Context's project_id '${inToken}'`,
  );
export const badVersionSyntax = (text: string): ApiError =>
  badRequest(
    `API Version String ${text} is of invalid format. Must be of format MajorNum.MinorNum.`,
  );
export const unsupportedVersion = (text: string, lowest: string, highest: string): ApiError =>
  new ApiError(
    406,
    `Version ${text} is not supported by the API. Minimum is ${lowest} and maximum is ${highest}.`,
  );
export const forbidden = (rule: string): ApiError =>
  new ApiError(403, `Policy doesn't allow ${rule} to be performed.`);
export const methodNotAllowed = (method: string, action: string): ApiError =>
  new ApiError(
    405,
    `The request method: '${method}' with action: '${action}' is not allowed on this resource`,
  );
export const resourceNotFound = (): ApiError => notFound('The resource could not be found.');
export const bodyTooLarge = (): ApiError => new ApiError(413, 'Request is too large.');
export const unsupportedContentType = (): ApiError => new ApiError(415, 'Unsupported Content-Type');
/** Whoever asks is not known yet, so that the reason goes to the log only. */
export const keystoneUnavailable = (cause: unknown, retryAfterMs = KEYSTONE_PAUSE_MS): ApiError =>
  new ApiError(503, 'The Keystone service is temporarily unavailable.', cause, retryAfterMs);

export const segmentNotFound = (id: string): ApiError =>
  notFound(`No failover segment with id ${id}.`);
export const segmentNameTaken = (name: string): ApiError =>
  conflict(`Failover segment with name ${name} already exists.`);
export const segmentInUse = (id: string, change: 'updated' | 'deleted'): ApiError =>
  conflict(
    `Failover segment ${change === 'deleted' ? `(${id})` : id} can't be ${change} ` +
      'as it is in-use to process notifications.',
  );

export const hostNotFound = (id: string): ApiError => notFound(`No host with id ${id}.`);
export const hostNotInSegment = (id: string, segment: string): ApiError =>
  notFound(`Host '${id}' under failover_segment '${segment}' could not be found.`);
export const hostNameTaken = (name: string): ApiError =>
  conflict(`Host with name ${name} already exists.`);
export const hostInUse = (id: string, change: 'updated' | 'deleted'): ApiError =>
  conflict(`Host ${id} can't be ${change} as it is in-use to process notifications.`);
export const computeServiceNotFound = (name: string): ApiError =>
  badRequest(`Compute service with name ${name} could not be found.`);
export const novaForbids = (name: string, cause: unknown): ApiError =>
  new ApiError(403, `Nova does not let Medevac look up compute service ${name}.`, cause);
export const novaFailed = (name: string, detail: string, cause: unknown): ApiError =>
  new ApiError(500, `Nova could not be asked about compute service ${name}: ${detail}`, cause);

export const notificationNotFound = (id: string): ApiError =>
  notFound(`No notification with id ${id}.`);
export const reportedHostNotFound = (name: string): ApiError =>
  badRequest(`Host with name ${name} could not be found.`);
export const hostOnMaintenance = (name: string, type: string): ApiError =>
  conflict(
    `Notification received from host ${name} of type '${type}' ` +
      'is ignored as the host is already under maintenance.',
  );
export const duplicateNotification = (name: string, type: string): ApiError =>
  conflict(`Notification received from host ${name} of type ${type} is duplicate.`);

export const incidentNotFound = (id: string): ApiError => notFound(`No incident with id ${id}.`);
export const incidentRefuses = (id: string, command: string, reason: string): ApiError =>
  conflict(`The command ${command} is not for incident ${id} now: ${reason}.`);

export const returnNotFound = (id: string): ApiError =>
  notFound(`No return of a host after incident ${id}.`);
export const returnRefuses = (id: string, reason: string): ApiError =>
  conflict(`The return after incident ${id} cannot be approved now: ${reason}.`);

export const instanceRuleNotFound = (instance: string): ApiError =>
  notFound(`No rule of an operator for instance ${instance}.`);
export const instanceRulesFull = (): ApiError =>
  conflict(
    `There are ${LIMITS.instanceRules} rules of instances already. Clear some, or rule by project.`,
  );

export const drainNotFound = (id: string): ApiError => notFound(`No drain with id ${id}.`);
export const drainRefuses = (host: string, reason: string): ApiError =>
  conflict(`Host ${host} cannot be served so now: ${reason}.`);

export const withoutVmoves = (notification: string): ApiError =>
  badRequest(`This notification ${notification} without vm moves.`);
export const vmoveNotFound = (id: string): ApiError => notFound(`No vm move with id ${id}.`);
