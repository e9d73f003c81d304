/**
 * The API as a Fastify instance: version documents, health, and Masakari v1 out of the table of
 * operations. It keeps nothing between requests but the compiled schemas; state is the stores'.
 */
import { access } from 'node:fs/promises';
import type { Server } from 'node:http';
import { isUuid, LIMITS, newUuid, type Random } from '@medevac/kernel';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
  fastify,
} from 'fastify';
import { answerError } from './answer-errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import { errorBody, methodNotAllowed, resourceNotFound } from './errors.ts';
import { answerType } from './media-type.ts';
import { baseUrl } from './proxy-headers.ts';
import { addBodyParser } from './request-body.ts';
import { isFromProxy, originOf } from './request-origin.ts';
import { decorateRequests } from './request-state.ts';
import {
  addMedevacRoutes,
  addOperationRoutes,
  addVersionHeaders,
  negotiateVersion,
} from './routes.ts';
import type { TlsServers } from './secure-server.ts';
import { bodyCheck } from './validation/check-body.ts';
import {
  choicesDocument,
  VERSION_ID,
  versionDocument,
  versionsDocument,
} from './version-documents.ts';

/** Longer than any identifier, so that a strange one is answered by its operation. */
const LONGEST_PARAMETER = 2_048;
/** Above this, encoding an answer at once costs a third of having the socket do it. */
const LONG_ANSWER = 65_536;
const REQUEST_ID_HEADER = 'x-openstack-request-id';
const FORMAT_SUFFIX = /^(\/v1\/[^?]*)\.json(\?|$)/;

/** Builds the API. It listens when its `listen` is called and ends, politely, with `close`. */
export function createApi(api: ApiDependencies): FastifyInstance {
  const { tls } = api.options;
  const app = fastify({
    logger: false,
    ...(tls === undefined ? {} : { serverFactory: serverFactoryOf(tls) }),
    bodyLimit: LIMITS.apiBodyBytes,
    requestTimeout: LIMITS.apiReceiveMs,
    genReqId: () => newRequestId(api.random),
    rewriteUrl: (request) => (request.url ?? '/').replace(FORMAT_SUFFIX, '$1$2'),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAMETER },
    frameworkErrors: (error, request, reply: FastifyReply) => {
      reply.code(400).header(REQUEST_ID_HEADER, request.id).send(errorBody(400, error.message));
    },
  });
  const answers = { authUrl: api.options.authUrl, log: api.log };
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, answers));
  decorateRequests(app);
  addBodyParser(app);
  addCommonHooks(app, api);
  addPublicRoutes(app, api);
  app.register(async (v1) => addVersionRoutes(v1, api), { prefix: '/v1' });
  const check = bodyCheck();
  app.register(
    async (v1) => {
      addVersionHeaders(v1);
      addOperationRoutes(v1, api, check);
    },
    { prefix: '/v1' },
  );
  app.register(async (own) => addMedevacRoutes(own, api, check), { prefix: '/medevac/v1' });
  return app;
}

const serverFactoryOf =
  (tls: TlsServers): FastifyServerFactory<Server> =>
  (handle) =>
    tls.create(handle);

const newRequestId = (random: Random): string => `req-${newUuid(random)}`;

function addCommonHooks(app: FastifyInstance, api: ApiDependencies): void {
  const startedMs = new WeakMap<FastifyRequest, number>();
  app.addHook('onRequest', async (request) => {
    startedMs.set(request, api.clock.monotonicMs());
  });
  app.addHook('onSend', async (request, reply, payload) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    const type = String(reply.getHeader('content-type') ?? '');
    if (type.startsWith('application/json')) {
      reply.header('content-type', answerType(request.headers.accept));
    }
    const isLong = typeof payload === 'string' && payload.length > LONG_ANSWER;
    return isLong ? Buffer.from(payload) : payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    const endedMs = api.clock.monotonicMs();
    api.log.info('api.request', {
      requestId: request.id,
      globalRequestId: globalRequestIdOf(request),
      method: request.method,
      path: request.originalUrl,
      status: reply.statusCode,
      durationMs: Math.round(endedMs - (startedMs.get(request) ?? endedMs)),
    });
  });
}

/** The id by which the caller knows this request, when it has sent a proper one. */
function globalRequestIdOf(request: FastifyRequest): string | undefined {
  const id = request.headers[REQUEST_ID_HEADER];
  return typeof id === 'string' && id.startsWith('req-') && isUuid(id.slice(4)) ? id : undefined;
}

/** What is served outside of `/v1`: the list of versions, health, and a choice for lost callers. */
function addPublicRoutes(app: FastifyInstance, api: ApiDependencies): void {
  app.get('/', async (request) => versionsDocument(baseUrlOf(request, api)));
  app.get('/healthcheck', async (_request, reply) => {
    const isDisabled = await exists(api.options.disableFile);
    reply.code(isDisabled ? 503 : 200).type('text/plain');
    return isDisabled ? 'DISABLED BY FILE' : 'OK';
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.originalUrl.split('?')[0] ?? '';
    return reply.code(300).send(choicesDocument(baseUrlOf(request, api), path));
  });
}

const exists = async (file: string | undefined): Promise<boolean> =>
  file !== undefined &&
  (await access(file).then(
    () => true,
    () => false,
  ));

/** The version documents below `/v1`; clients read them before they have a token. */
function addVersionRoutes(app: FastifyInstance, api: ApiDependencies): void {
  addVersionHeaders(app);
  app.addHook('onRequest', negotiateVersion);
  app.get('/', async (request) => versionDocument(baseUrlOf(request, api)));
  app.get<{ Params: { id: string } }>('/versions/:id', async (request) => {
    if (request.params.id !== VERSION_ID) throw resourceNotFound();
    return versionDocument(baseUrlOf(request, api));
  });
  app.get('/versions', async () => {
    throw methodNotAllowed('GET', 'index');
  });
}

function baseUrlOf(request: FastifyRequest, api: ApiDependencies): string {
  if (api.options.linkPrefix !== undefined) return api.options.linkPrefix.replace(/\/+$/, '');
  return baseUrl(originOf(request), isFromProxy(request, api.options));
}
