/**
 * What a request goes through once its caller and its microversion are known, whatever brought it
 * here: project of the URL, body schema, policy, handler, in Masakari's order. HTTP routes and
 * calls inside the process share it, so that no rule of the API is kept twice.
 */
import { invariant } from '@medevac/kernel';
import type { Identity } from '@medevac/openstack';
import type { ApiDependencies } from './dependencies.ts';
import { projectMismatch, resourceNotFound } from './errors.ts';
import { isWithin } from './microversion.ts';
import type { Operation, OperationCall } from './operations/operation.ts';
import { enforce } from './policy.ts';

const WRITING_METHODS: readonly string[] = ['POST', 'PUT'];

/** Throws a 400 when the URL names another project than the token does. */
export function requireProject(inUrl: string | undefined, { projectId }: Identity): void {
  if (inUrl === undefined || inUrl === projectId) return;
  throw projectMismatch(inUrl, projectId ?? 'None');
}

/** Carries an operation out and gives the body of the answer. Refusals are thrown. */
export async function carryOut(
  operation: Operation,
  call: OperationCall<unknown>,
  api: ApiDependencies,
): Promise<unknown> {
  checkBody(operation, call);
  enforce(operation.rule, call.identity, api);
  return await operation.handle(call, api);
}

function checkBody(operation: Operation, { version, body, check }: OperationCall<unknown>): void {
  if (!isWithin(version, operation.first, operation.last)) throw resourceNotFound();
  if (!WRITING_METHODS.includes(operation.method)) return;
  const accepted = operation.requests.find(({ first, last }) => isWithin(version, first, last));
  invariant(accepted !== undefined, `${operation.id} has no request schema for ${version}`);
  check(accepted.schema, body ?? null);
}
