/** A person says that the host of an incident is off: taken as evidence, judged by the engine. */
import { confirmFenced } from '@medevac/engine';
import { type IncidentId, unreachable } from '@medevac/kernel';
import { callerOf } from '../authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { incidentNotFound, incidentRefuses } from '../errors.ts';
import { fencedConfirmation, incidentAnswer, incidentToWire } from '../schemas/incident.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';

const everyVersion = { first: '1.0', last: '1.3' } as const;
/** What an identifier may look like; nothing else is looked for. */
const ID = /^[\w-]{1,64}$/;

async function confirm(call: OperationCall<{ readonly reason: string }>, api: ApiDependencies) {
  const id = call.parameter('id');
  if (!ID.test(id)) throw incidentNotFound(id);
  const word = { by: callerOf(call.identity), reason: call.body.reason };
  const result = await confirmFenced(api, id as IncidentId, word);
  switch (result.kind) {
    case 'taken':
      return { incident: incidentToWire(result.incident) };
    case 'missing':
      throw incidentNotFound(id);
    case 'refused':
      throw incidentRefuses(id, 'confirm-fenced', result.reason);
    default:
      return unreachable(result);
  }
}

export const CONFIRM_FENCED_OPERATIONS: readonly Operation[] = [
  withBody({
    id: 'incidents:confirm-fenced',
    method: 'POST',
    path: '/incidents/{id}/confirm-fenced',
    ...everyVersion,
    rule: 'medevac_api:incidents:confirm-fenced',
    requests: [{ ...everyVersion, schema: fencedConfirmation }],
    successStatus: 202,
    answer: incidentAnswer,
    body: fencedConfirmation,
    handle: confirm,
  }),
];
