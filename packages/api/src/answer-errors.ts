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

/** The error handler of the whole API. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { authUrl, log }: ErrorAnswers,
): FastifyReply {
  if (error instanceof Unauthorized) {
    reply.header('www-authenticate', `Keystone uri="${authUrl}"`);
    return reply.code(401).send(UNAUTHORIZED_BODY);
  }
  const refusal = refusalOf(error);
  if (refusal !== undefined) {
    if (refusal.status >= 500) {
      log.error('api.failed', { requestId: request.id, message: messageOf(refusal) });
    }
    return reply.code(refusal.status).send(errorBody(refusal.status, refusal.message));
  }
  log.error('api.unexpected_error', {
    requestId: request.id,
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  return reply.code(500).send(errorBody(500, unexpectedMessage(error, request.id)));
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
