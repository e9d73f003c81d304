/**
 * Nova over HTTP. Refusals that a recovery must tell apart are values; everything else that is not
 * the expected answer is an error. What Nova does not guarantee is said at each call in `nova.ts`.
 */
import {
  type Clock,
  type HostName,
  type InstanceUuid,
  invariant,
  LIMITS,
  OperationalError,
  type ServiceUuid,
} from '@medevac/kernel';
import type { Call } from '../call.ts';
import { type CallBudget, startBudget } from '../call-budget.ts';
import { cloudErrors } from '../errors.ts';
import { parseAnswer } from '../http/answer-shape.ts';
import type { CloudAnswer } from '../http/transport.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import { changeOneService } from './change-one-service.ts';
import { MarkerGone, type Page, readPages } from './list-pages.ts';
import { NOVA_VERSIONS } from './microversions.ts';
import type {
  ActionOutcome,
  EvacuateOutcome,
  Migration,
  MigrationQuery,
  Nova,
  Server,
  ServerList,
  ServerQuery,
  ServiceChange,
  ServiceChangeOutcome,
  ServiceView,
} from './nova.ts';
import {
  MigrationListShape,
  parseMigration,
  parseServerView,
  parseServiceView,
  ServerAnswerShape,
  ServerListShape,
  type ServerView,
  ServiceListShape,
} from './nova-answers.ts';
import { readSeenList } from './seen-host.ts';
import { actOnServer, askForAction, refusalOf } from './server-action.ts';

export interface HttpNovaOptions {
  readonly endpoint: EndpointClient;
  readonly clock: Clock;
  /** For tests; `LIMITS.cloudPageSize` otherwise. */
  readonly pageSize?: number;
}

const LIST_SERVERS = 'compute: GET /servers/detail';
const LIST_MIGRATIONS = 'compute: GET /os-migrations';

export class HttpNova implements Nova {
  readonly #endpoint: EndpointClient;
  readonly #clock: Clock;
  readonly #pageSize: number;

  constructor(options: HttpNovaOptions) {
    this.#endpoint = options.endpoint;
    this.#clock = options.clock;
    this.#pageSize = options.pageSize ?? LIMITS.cloudPageSize;
  }

  async listComputeServices(
    query: { readonly host?: HostName },
    call: Call,
  ): Promise<readonly ServiceView[]> {
    const what = 'compute: GET /os-services';
    const answer = await this.#endpoint.ask(
      {
        method: 'GET',
        path: '/os-services',
        query: { binary: 'nova-compute', ...(query.host === undefined ? {} : query) },
        microversion: NOVA_VERSIONS.listServices,
        answers: [200],
      },
      call,
    );
    const label = { call: what, requestId: answer.requestId };
    const { services } = parseAnswer(ServiceListShape, answer, what);
    return services
      .map((service) => parseServiceView(service, label))
      .filter((service) => service !== undefined)
      .filter((service) => query.host === undefined || service.host === query.host);
  }

  async changeService(
    uuid: ServiceUuid,
    change: ServiceChange,
    call: Call,
  ): Promise<ServiceChangeOutcome> {
    const budget = startBudget(call, this.#clock);
    const list = (host: HostName) => this.listComputeServices({ host }, budget.rest());
    return changeOneService(this.#endpoint, list, { uuid, change }, call);
  }

  async listServers(query: ServerQuery, call: Call): Promise<ServerList> {
    const budget = startBudget(call, this.#clock);
    const what = `${LIST_SERVERS} of ${query.host}`;
    const views = await readSeenList(
      query.host,
      () => readPages(what, (marker) => this.#serverPage(query, marker, budget)),
      () => this.listComputeServices({ host: query.host }, budget.rest()),
    );
    const servers = new Map<InstanceUuid, Server>();
    const unseen = new Set<InstanceUuid>();
    for (const view of views) {
      if (view.kind === 'unseen') unseen.add(view.uuid);
      else servers.set(view.server.uuid, view.server);
    }
    for (const server of servers.values()) refuseForeignServer(server, query.host);
    return { servers: [...servers.values()], unseen: [...unseen] };
  }

  async readServer(uuid: InstanceUuid, call: Call): Promise<Server | undefined> {
    const path = `/servers/${encodeURIComponent(uuid)}`;
    const answer = await this.#endpoint.ask(
      { method: 'GET', path, microversion: NOVA_VERSIONS.readServer, answers: [200, 404] },
      call,
    );
    if (answer.status === 404) return undefined;
    const what = `compute: GET ${path}`;
    const { server } = parseAnswer(ServerAnswerShape, answer, what);
    const view = parseServerView(server, { call: what, requestId: answer.requestId });
    if (view.kind === 'seen') return view.server;
    throw new OperationalError(
      cloudErrors.cellDown,
      `Nova cannot reach the cell of instance ${uuid} now`,
      { fields: { instance: uuid, requestId: answer.requestId ?? null } },
    );
  }

  async listMigrations(query: MigrationQuery, call: Call): Promise<readonly Migration[]> {
    const budget = startBudget(call, this.#clock);
    const { newerThanId } = query;
    const isOld = (migration: Migration): boolean =>
      newerThanId !== undefined && migration.id <= newerThanId;
    const all = await readPages(
      LIST_MIGRATIONS,
      (marker) => this.#migrationPage(query, marker, budget),
      (page) => page.items.some(isOld),
    );
    const end = all.findIndex(isOld);
    return (end === -1 ? all : all.slice(0, end)).filter((migration) => fits(migration, query));
  }

  async evacuate(
    uuid: InstanceUuid,
    host: HostName | undefined,
    call: Call,
  ): Promise<EvacuateOutcome> {
    const body = { evacuate: host === undefined ? {} : { host } };
    const answers = [200, 202, 400, 404, 409];
    const action = { body, microversion: NOVA_VERSIONS.evacuate, answers };
    const answer = await askForAction(this.#endpoint, uuid, action, call);
    const message = refusalOf(answer);
    if (answer.status < 300) return { kind: 'accepted' };
    if (answer.status === 409) return { kind: 'conflict', message };
    if (answer.status === 400) {
      return { kind: /still in use/i.test(message) ? 'service-in-use' : 'rejected', message };
    }
    // 404 speaks of the instance, or of the destination: "Compute host X not found."
    const isDestination = host !== undefined && /^compute host /i.test(message);
    return isDestination ? { kind: 'rejected', message } : { kind: 'missing' };
  }

  resetState(uuid: InstanceUuid, state: 'active' | 'error', call: Call): Promise<ActionOutcome> {
    const body = { 'os-resetState': { state } };
    const action = { body, microversion: NOVA_VERSIONS.resetState };
    return actOnServer(this.#endpoint, uuid, action, call);
  }

  stop(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    const action = { body: { 'os-stop': null }, microversion: NOVA_VERSIONS.stop };
    return actOnServer(this.#endpoint, uuid, action, call);
  }

  async #serverPage(
    query: ServerQuery,
    marker: string | undefined,
    budget: CallBudget,
  ): Promise<Page<ServerView>> {
    const answer = await this.#endpoint.ask(
      {
        method: 'GET',
        path: '/servers/detail',
        query: {
          all_tenants: '1',
          host: query.host,
          limit: String(this.#pageSize),
          // With changes-since Nova would add those that were deleted since: they are on no host.
          ...(query.changedSince === undefined
            ? {}
            : { 'changes-since': query.changedSince, deleted: 'false' }),
          ...(marker === undefined ? {} : { marker }),
        },
        microversion: NOVA_VERSIONS.listServers,
        answers: [200, 400],
      },
      budget.rest(),
    );
    refuseBadRequest(answer, marker, LIST_SERVERS);
    const body = parseAnswer(ServerListShape, answer, LIST_SERVERS);
    const label = { call: LIST_SERVERS, requestId: answer.requestId };
    const items = body.servers.map((server) => parseServerView(server, label));
    const hasNext = body.servers_links?.some((link) => link.rel === 'next') ?? false;
    return { items, nextMarker: hasNext ? body.servers.at(-1)?.id : undefined };
  }

  async #migrationPage(
    query: MigrationQuery,
    marker: string | undefined,
    budget: CallBudget,
  ): Promise<Page<Migration>> {
    const answer = await this.#endpoint.ask(
      {
        method: 'GET',
        path: '/os-migrations',
        query: migrationFilters(query, this.#pageSize, marker),
        microversion: NOVA_VERSIONS.listMigrations,
        answers: [200, 400],
      },
      budget.rest(),
    );
    refuseBadRequest(answer, marker, LIST_MIGRATIONS);
    const body = parseAnswer(MigrationListShape, answer, LIST_MIGRATIONS);
    // Nova hides the records of a cross-cell resize after it has cut the page, and a page with a
    // hole has no link to the next one. Other types are never hidden.
    const mayHaveHoles = query.type === undefined || query.type === 'resize';
    const hasNext = body.migrations_links?.some((link) => link.rel === 'next') ?? false;
    const nextMarker = hasNext || mayHaveHoles ? body.migrations.at(-1)?.uuid : undefined;
    return { items: body.migrations.map(parseMigration), nextMarker };
  }
}

function migrationFilters(
  query: MigrationQuery,
  pageSize: number,
  marker: string | undefined,
): Readonly<Record<string, string>> {
  const filters: Record<string, string> = { limit: String(pageSize) };
  // With `host` Nova does not look at `source_compute`; the narrower one is asked for.
  if (query.sourceHost !== undefined) filters['source_compute'] = query.sourceHost;
  else if (query.host !== undefined) filters['host'] = query.host;
  if (query.type !== undefined) filters['migration_type'] = query.type;
  if (marker !== undefined) filters['marker'] = marker;
  return filters;
}

/** What Nova filters already, and the one pair of filters that it does not combine. */
function fits(migration: Migration, query: MigrationQuery): boolean {
  const { sourceHost, destHost } = migration;
  if (query.sourceHost !== undefined && sourceHost !== query.sourceHost) return false;
  return query.host === undefined || sourceHost === query.host || destHost === query.host;
}

function refuseBadRequest(answer: CloudAnswer, marker: string | undefined, what: string): void {
  if (answer.status !== 400) return;
  const message = refusalOf(answer);
  if (marker !== undefined && /marker/i.test(message)) throw new MarkerGone(message);
  throw new OperationalError(cloudErrors.refused, `${what} answered 400: ${message}`, {
    fields: { call: what, status: 400, requestId: answer.requestId ?? null },
  });
}

/** A user that may not filter by host is given instances of all hosts, without a word. */
function refuseForeignServer(server: Server, host: HostName): void {
  if (server.host === host) return;
  throw new OperationalError(
    cloudErrors.forbidden,
    `Nova ignored the filter by host ${host}: it listed ${server.uuid} on ${server.host ?? 'none'}`,
    { fields: { host, instance: server.uuid } },
  );
}

export const novaBaseUrl = (endpoint: string): string => {
  invariant(endpoint !== '', 'an endpoint is never empty');
  // Without a version, or under v2, Nova speaks the dialect that knows no microversions.
  if (/\/v2\.\d+(\/|$)/.test(endpoint)) return endpoint;
  return /\/v2(\/|$)/.test(endpoint)
    ? endpoint.replace(/\/v2(?=\/|$)/, '/v2.1')
    : `${endpoint}/v2.1`;
};
