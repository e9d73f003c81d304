/**
 * Turns everything thrown on the way into an answer. Refusals are told as they are; what nobody
 * foresaw is logged in full and told without internals, and never ends the process.
 */
import { type Log, messageOf, OperationalError } from '@medevac/kernel';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiError,
  bodyTooLarge,
  errorBody,
  malformedBody,
  UNAUTHORIZED_BODY,
  Unauthorized,
  unsupportedContentType,
} from './errors.ts';

export interface ErrorAnswers {
  readonly authUrl: string;
  readonly log: Log;
}

/** An answer that is not a success, before it is put on a wire. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: unknown;
  /** When the caller may try again. */
  readonly retryAfterMs?: number;
}

/** The error handler of the whole API. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { authUrl, log }: ErrorAnswers,
): FastifyReply {
  if (error instanceof Unauthorized) {
    reply.header('www-authenticate', `Keystone uri="${authUrl}"`);
  }
  const { status, body, retryAfterMs } = errorAnswerOf(error, request.id, log);
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
  return reply.code(status).send(body);
}

/** What a caller is told of something thrown; what is not the caller's doing is logged, too. */
export function errorAnswerOf(error: unknown, requestId: string, log: Log): ErrorAnswer {
  if (error instanceof Unauthorized) {
    log.info('api.unauthorized', { requestId, message: messageOf(error) });
    return { status: 401, body: UNAUTHORIZED_BODY };
  }
  const refusal = refusalOf(error);
  if (refusal !== undefined) {
    const { status, message, cause, retryAfterMs } = refusal;
    if (status >= 500) {
      const because = cause === undefined ? {} : { cause: messageOf(cause) };
      log.error('api.failed', { requestId, message: messageOf(refusal), ...because });
    }
    const pause = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { status, body: errorBody(status, message), ...pause };
  }
  log.error('api.unexpected_error', {
    requestId,
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  return { status: 500, body: errorBody(500, unexpectedMessage(error, requestId)) };
}

function refusalOf(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  switch ((error as Partial<FastifyError> | undefined)?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge();
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedContentType();
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return malformedBody();
    default:
      return undefined;
  }
}

/** A failure of the world says what failed; a fault of ours names its class and where to look. */
function unexpectedMessage(error: unknown, requestId: string): string {
  const name = error instanceof Error ? error.name : typeof error;
  const detail = error instanceof OperationalError ? `${messageOf(error)} ${error.advice}` : '';
  const where = `The log of the Medevac API tells more under ${requestId}.`;
  return ['Unexpected API Error.', detail, where]
    .filter((part) => part !== '')
    .join(' ')
    .concat(`\n<class '${name}'>`);
}
