/**
 * What a fault of the world looks like on the wire. The ports throw what a client would have been
 * told; here it becomes what a client would have seen: a lost reply is a broken connection.
 */
import { OperationalError } from '@medevac/kernel';
import { cloudErrors } from '@medevac/openstack';
import type { WireAnswer, WireRequest } from './wire.ts';

const SILENT: readonly string[] = [
  cloudErrors.replyLost.code,
  cloudErrors.timeout.code,
  cloudErrors.unreachable.code,
];

/** The answer to a request that the world failed; throws what is no failure of the world. */
export function answerOfFailure(
  error: unknown,
  request: WireRequest,
  errorAnswer: (status: number, message: string) => WireAnswer,
): WireAnswer {
  if (request.signal.aborted) return { kind: 'broken' };
  if (!(error instanceof OperationalError)) throw error;
  if (SILENT.includes(error.code)) return { kind: 'broken' };
  if (error.code === cloudErrors.busy.code) return errorAnswer(503, 'Service Unavailable');
  return errorAnswer(500, `Unexpected API Error. ${error.message}`);
}
