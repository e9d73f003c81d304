/**
 * Routes out of the table of operations. The order of checks is Masakari's: token, microversion,
 * project of the URL, body schema, policy, handler.
 */
import { invariant } from '@medevac/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { authenticate } from './authenticate.ts';
import { carryOut, requireProject } from './carry-out.ts';
import type { ApiDependencies } from './dependencies.ts';
import { methodNotAllowed, resourceNotFound, UNROUTED_BODY } from './errors.ts';
import type { Query } from './list-parameters.ts';
import { askedVersion, chooseVersion, versionHeader } from './microversion.ts';
import type { Operation, OperationCall } from './operations/operation.ts';
import { MEDEVAC_OPERATIONS, OPERATIONS, REFUSED_METHODS } from './operations/table.ts';
import { presentedBy } from './request-origin.ts';
import { identityOf, stateOf } from './request-state.ts';
import type { CheckBody } from './validation/check-body.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route carries out; absent where nothing of the table is asked for. */
    operation?: Operation;
  }
}

type Parameters = Readonly<Record<string, string | undefined>>;

/** What a project id may look like; anything else in its place is no route. */
const PROJECT_PREFIX = '/:project_id(^[0-9a-f-]+$)';
const VERSION_HEADER = 'openstack-api-version';

/** Every answer below `/v1` names the microversion it was made for. */
export function addVersionHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header(VERSION_HEADER, versionHeader(stateOf(request).versionText));
    reply.header('vary', 'OpenStack-API-Version');
  });
}

/** Reads the microversion of a request once, for everything that comes after. */
export async function negotiateVersion(request: FastifyRequest): Promise<void> {
  const header = [request.headers[VERSION_HEADER] ?? []].flat().join(',');
  const state = stateOf(request);
  const asked = askedVersion(header);
  if (asked !== undefined && /^[1-9]\d*\.\d+$/.test(asked)) state.versionText = asked;
  state.version = chooseVersion(header);
  state.versionText = state.version;
}

/**
 * Routes Medevac's own operations: the same at every microversion, without a project in the URL.
 */
export function addMedevacRoutes(
  app: FastifyInstance,
  api: ApiDependencies,
  check: CheckBody,
): void {
  app.addHook('onRequest', async (request) => {
    stateOf(request).identity = await authenticate(presentedBy(request, api.options), api);
    await negotiateVersion(request);
  });
  addVersionHeaders(app);
  for (const operation of MEDEVAC_OPERATIONS) {
    app.route({ url: urlOf(operation.path), ...routeOf(operation, api, check) });
  }
  app.setNotFoundHandler(() => {
    throw resourceNotFound();
  });
}

/** Routes all operations, with and without the project id; the rest of `/v1` is a 404. */
export function addOperationRoutes(
  app: FastifyInstance,
  api: ApiDependencies,
  check: CheckBody,
): void {
  app.addHook('onRequest', async (request) => {
    stateOf(request).identity = await authenticate(presentedBy(request, api.options), api);
    await negotiateVersion(request);
    const { project_id: projectInUrl } = request.params as Parameters;
    requireProject(projectInUrl, identityOf(request));
  });
  for (const operation of OPERATIONS) {
    for (const url of urlsOf(operation.path)) {
      app.route({ url, ...routeOf(operation, api, check) });
    }
  }
  for (const { method, path, action } of REFUSED_METHODS) {
    const handler = async (): Promise<never> => {
      throw methodNotAllowed(method, action);
    };
    for (const url of urlsOf(path)) app.route({ method, url, handler });
  }
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(UNROUTED_BODY));
}

/** `/segments/{uuid}` in the router's notation. */
const urlOf = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** In both shapes of URL. */
const urlsOf = (path: string): readonly string[] => [
  urlOf(path),
  `${PROJECT_PREFIX}${urlOf(path)}`,
];

function routeOf(
  operation: Operation,
  api: ApiDependencies,
  check: CheckBody,
): Omit<RouteOptions, 'url'> {
  const { method, successStatus } = operation;
  return {
    method,
    // No response schema: the serializer made from one takes longer than JSON.stringify.
    config: { operation },
    handler: async (request, reply) => {
      const body = await carryOut(operation, callOf(request, check), api);
      return answerWith(reply, successStatus, body);
    },
  };
}

function callOf(request: FastifyRequest, check: CheckBody): OperationCall<unknown> {
  return {
    version: stateOf(request).version,
    identity: identityOf(request),
    query: request.query as Query,
    body: request.body,
    parameter: (name) => {
      const value = (request.params as Parameters)[name];
      invariant(value !== undefined, `the path has no parameter ${name}`);
      return value;
    },
    check,
  };
}

function answerWith(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  reply.code(status);
  // Masakari names the type of a body even where there is none.
  return status === 204 ? reply.type('application/json').send() : reply.send(body);
}
