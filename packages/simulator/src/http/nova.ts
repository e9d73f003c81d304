/**
 * Nova's API in front of a simulated cloud: the calls that a recovery makes, each in the dialect
 * that our client asks for, with Nova's forms of answer, paging and refusal. What is refused and
 * why is the world's to decide; only what Nova refuses by the look of a request is decided here.
 */
import { LIMITS } from '@medevac/kernel';
import type { Aggregates, InstanceActions, Nova, ServerGroups } from '@medevac/openstack';
import { listServerGroups } from './catalogue.ts';
import { answerOfFailure } from './cloud-failures.ts';
import { askedVersion, requireDialect, type VersionRange } from './microversions.ts';
import { actOnServer, listActions } from './nova-actions.ts';
import { actOnAggregate, listAggregates } from './nova-aggregates.ts';
import { listMigrations, listServers, readServer } from './nova-reads.ts';
import type { ActAsOwner, NovaOperation } from './nova-request.ts';
import { changeService, listServices } from './nova-services.ts';
import { Refusal, type WireAnswer, type WireRequest } from './wire.ts';

interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** Absent: the body decides. */
  readonly version?: string;
  readonly operation: NovaOperation;
}

/** Nova 26 (Zed). */
const RANGE: VersionRange = { service: 'compute', least: '2.1', most: '2.93' };

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/os-services$/, version: '2.69', operation: listServices },
  { method: 'PUT', path: /^\/os-services\/([^/]+)$/, version: '2.69', operation: changeService },
  { method: 'GET', path: /^\/servers\/detail$/, version: '2.73', operation: listServers },
  { method: 'GET', path: /^\/servers\/([^/]+)$/, version: '2.73', operation: readServer },
  { method: 'GET', path: /^\/os-server-groups$/, version: '2.64', operation: listServerGroups },
  { method: 'GET', path: /^\/os-aggregates$/, version: '2.41', operation: listAggregates },
  {
    method: 'POST',
    path: /^\/os-aggregates\/(\d+)\/action$/,
    version: '2.41',
    operation: actOnAggregate,
  },
  { method: 'GET', path: /^\/os-migrations$/, version: '2.59', operation: listMigrations },
  { method: 'POST', path: /^\/servers\/([^/]+)\/action$/, operation: actOnServer },
  {
    method: 'GET',
    path: /^\/servers\/([^/]+)\/os-instance-actions$/,
    version: '2.1',
    operation: listActions,
  },
];

const FAULT_NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  503: 'serviceUnavailable',
};

/** What is behind the API. */
export interface ServedNova {
  readonly nova: Nova;
  readonly groups: ServerGroups;
  readonly aggregates: Aggregates;
  readonly actions: InstanceActions;
  readonly act: ActAsOwner;
}

/** `isAdmin`: whether the caller's token carries the admin role. */
export async function answerNova(
  served: ServedNova,
  request: WireRequest,
  isAdmin: boolean,
): Promise<WireAnswer> {
  try {
    const version = askedVersion(request, RANGE);
    const answer = await carryOut({ ...served, isAdmin }, request, version);
    return withVersion(answer, version);
  } catch (error) {
    if (error instanceof Refusal) return novaError(error.status, error.message);
    return answerOfFailure(error, request, novaError);
  }
}

function carryOut(
  served: ServedNova & { readonly isAdmin: boolean },
  request: WireRequest,
  version: string,
): Promise<WireAnswer> {
  const onPath = ROUTES.filter((route) => route.path.test(request.path));
  const route = onPath.find((one) => one.method === request.method);
  if (route === undefined) {
    if (onPath.length > 0) throw new Refusal(405, 'The method is not allowed for this resource.');
    throw new Refusal(404, 'The resource could not be found.');
  }
  if (route.version !== undefined) requireDialect(request, version, route.version);
  const id = decodeURIComponent(route.path.exec(request.path)?.[1] ?? '');
  const call = { deadlineMs: LIMITS.cloudRequestMs, signal: request.signal };
  return route.operation({ ...served, request, id, version, call });
}

function withVersion(answer: WireAnswer, version: string): WireAnswer {
  if (answer.kind === 'broken') return answer;
  const headers = {
    'openstack-api-version': `compute ${version}`,
    'x-openstack-nova-api-version': version,
    vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
    ...answer.headers,
  };
  return { ...answer, headers };
}

const novaError = (code: number, message: string): WireAnswer => ({
  kind: 'answer',
  status: code,
  body: { [FAULT_NAMES[code] ?? 'computeFault']: { code, message } },
});
