/** Nova's server groups over HTTP. They are paged by offset; a list that moves may repeat a row. */
import { type Clock, type InstanceUuid, LIMITS } from '@medevac/kernel';
import { type Static, Type } from 'typebox';
import type { Call } from '../call.ts';
import { type CallBudget, startBudget } from '../call-budget.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import { type Page, readPages } from './list-pages.ts';
import { NOVA_VERSIONS } from './microversions.ts';
import type { ServerGroup, ServerGroups } from './server-groups.ts';

const GroupSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  policy: Type.Enum(['affinity', 'anti-affinity', 'soft-affinity', 'soft-anti-affinity']),
  rules: Type.Object({ max_server_per_host: Type.Optional(Type.Number()) }),
  members: Type.Array(Type.String()),
});
const GroupsShape = shapeOf(Type.Object({ server_groups: Type.Array(GroupSchema) }));
const LIST = 'compute: GET /os-server-groups';

export interface HttpServerGroupsOptions {
  readonly endpoint: EndpointClient;
  readonly clock: Clock;
  /** For tests; `LIMITS.cloudPageSize` otherwise. */
  readonly pageSize?: number;
}

export class HttpServerGroups implements ServerGroups {
  readonly #endpoint: EndpointClient;
  readonly #clock: Clock;
  readonly #pageSize: number;

  constructor(options: HttpServerGroupsOptions) {
    this.#endpoint = options.endpoint;
    this.#clock = options.clock;
    this.#pageSize = options.pageSize ?? LIMITS.cloudPageSize;
  }

  async listServerGroups(call: Call): Promise<readonly ServerGroup[]> {
    const budget = startBudget(call, this.#clock);
    const all = await readPages(LIST, (marker) => this.#page(Number(marker ?? 0), budget));
    return [...new Map(all.map((group) => [group.uuid, group])).values()];
  }

  async #page(offset: number, budget: CallBudget): Promise<Page<ServerGroup>> {
    const answer = await this.#endpoint.ask(
      {
        method: 'GET',
        path: '/os-server-groups',
        query: { all_projects: 'true', limit: String(this.#pageSize), offset: String(offset) },
        microversion: NOVA_VERSIONS.listServerGroups,
        answers: [200],
      },
      budget.rest(),
    );
    const items = parseAnswer(GroupsShape, answer, LIST).server_groups.map(parseGroup);
    // Nova's own limit may be lower than ours: only an empty page is the end.
    return { items, nextMarker: items.length === 0 ? undefined : String(offset + items.length) };
  }
}

const parseGroup = (group: Static<typeof GroupSchema>): ServerGroup => ({
  uuid: group.id,
  name: group.name,
  policy: group.policy,
  maxPerHost: group.rules.max_server_per_host ?? 1,
  members: group.members.map((uuid) => uuid as InstanceUuid),
});
