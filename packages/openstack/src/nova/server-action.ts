/** One action on one instance over HTTP, and what its answer means to whoever asked. */
import type { InstanceUuid, Json } from '@medevac/kernel';
import type { Call } from '../call.ts';
import type { CloudAnswer } from '../http/transport.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import type { ActionOutcome } from './nova.ts';

export interface ServerAction {
  readonly body: Json;
  readonly microversion: string;
  readonly answers: readonly number[];
}

export function askForAction(
  endpoint: EndpointClient,
  uuid: InstanceUuid,
  action: ServerAction,
  call: Call,
): Promise<CloudAnswer> {
  const path = `/servers/${encodeURIComponent(uuid)}/action`;
  return endpoint.ask({ method: 'POST', path, ...action }, call);
}

/** An action that Nova refuses by the state of the instance only. */
export async function actOnServer(
  endpoint: EndpointClient,
  uuid: InstanceUuid,
  action: Omit<ServerAction, 'answers'>,
  call: Call,
): Promise<ActionOutcome> {
  const answers = [200, 202, 204, 404, 409];
  const answer = await askForAction(endpoint, uuid, { ...action, answers }, call);
  if (answer.status === 404) return { kind: 'missing' };
  if (answer.status === 409) return { kind: 'conflict', message: refusalOf(answer) };
  return { kind: 'accepted' };
}

/** Nova's own words for a refusal, with the request that its logs know. */
export function refusalOf(answer: CloudAnswer): string {
  const request = answer.requestId === undefined ? '' : ` (request ${answer.requestId})`;
  return `${answer.explanation || `status ${answer.status}`}${request}`;
}
