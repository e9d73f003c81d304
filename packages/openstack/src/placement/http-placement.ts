/** Placement over HTTP. Names of providers are remembered: Nova never renames a compute node's. */
import type { Clock, InstanceUuid } from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import { startBudget } from '../call-budget.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import type { Capacity, Placement, ProviderCapacity, Resources } from './placement.ts';

/** Nova itself needs 1.36, so every cloud has it; 1.14 is the first with nested providers. */
export const PLACEMENT_VERSION = '1.14';
/** All resource classes of a summary (1.27) and the root of its tree (1.29). */
export const CANDIDATES_VERSION = '1.29';
const MAX_NAMES = 20_000;

const AllocationsShape = shapeOf(
  Type.Object({ allocations: Type.Record(Type.String(), Type.Unknown()) }),
);
const ProviderSchema = Type.Object({ uuid: Type.String(), name: Type.String() });
const ProviderShape = shapeOf(ProviderSchema);
const ProvidersShape = shapeOf(Type.Object({ resource_providers: Type.Array(ProviderSchema) }));
const CandidatesShape = shapeOf(
  Type.Object({
    provider_summaries: Type.Record(
      Type.String(),
      Type.Object({
        resources: Type.Record(
          Type.String(),
          Type.Object({ capacity: Type.Number(), used: Type.Number() }),
        ),
        traits: Type.Array(Type.String()),
        root_provider_uuid: Type.String(),
      }),
    ),
  }),
);
const CANDIDATES = 'placement: GET /allocation_candidates';

export class HttpPlacement implements Placement, Capacity {
  readonly #endpoint: EndpointClient;
  readonly #clock: Clock;
  readonly #names = new Map<string, string>();

  constructor(endpoint: EndpointClient, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  async allocatedProviders(uuid: InstanceUuid, call: Call): Promise<readonly string[]> {
    const budget = startBudget(call, this.#clock);
    const path = `/allocations/${encodeURIComponent(uuid)}`;
    const answer = await this.#get(path, call);
    const { allocations } = parseAnswer(AllocationsShape, answer, `placement: GET ${path}`);
    const names: string[] = [];
    for (const provider of Object.keys(allocations)) {
      names.push(await this.#nameOf(provider, budget.rest()));
    }
    return names;
  }

  async listCapacity(least: Resources, call: Call): Promise<readonly ProviderCapacity[]> {
    const budget = startBudget(call, this.#clock);
    const resources = Object.entries(least).map(([name, amount]) => `${name}:${amount}`);
    const answer = await this.#endpoint.ask(
      {
        method: 'GET',
        path: '/allocation_candidates',
        query: { resources: resources.join(',') },
        microversion: CANDIDATES_VERSION,
        answers: [200],
      },
      budget.rest(),
    );
    const summaries = Object.entries(
      parseAnswer(CandidatesShape, answer, CANDIDATES).provider_summaries,
    );
    if (summaries.some(([uuid]) => !this.#names.has(uuid))) await this.#readNames(budget.rest());
    const nameOf = (uuid: string): string => this.#names.get(uuid) ?? uuid;
    return summaries.map(([uuid, summary]) => ({
      name: nameOf(uuid),
      root: nameOf(summary.root_provider_uuid),
      free: Object.fromEntries(
        Object.entries(summary.resources).map(([name, one]) => [name, one.capacity - one.used]),
      ),
      traits: summary.traits,
    }));
  }

  /** A harmless read that needs the rights of `allocatedProviders`. */
  async verify(call: Call): Promise<void> {
    await this.#list({ name: 'medevac-verify' }, call);
  }

  async #readNames(call: Call): Promise<void> {
    const providers = await this.#list({}, call);
    for (const { uuid, name } of providers) this.#remember(uuid, name);
  }

  async #list(query: Readonly<Record<string, string>>, call: Call) {
    const path = '/resource_providers';
    const request = { method: 'GET', path, query, microversion: PLACEMENT_VERSION } as const;
    const answer = await this.#endpoint.ask({ ...request, answers: [200] }, call);
    return parseAnswer(ProvidersShape, answer, `placement: GET ${path}`).resource_providers;
  }

  /** A provider that vanished since its allocation was read goes by its UUID. */
  async #nameOf(provider: string, call: Call): Promise<string> {
    const known = this.#names.get(provider);
    if (known !== undefined) return known;
    const path = `/resource_providers/${encodeURIComponent(provider)}`;
    const answer = await this.#get(path, call, [200, 404]);
    if (answer.status === 404) return provider;
    const { name } = parseAnswer(ProviderShape, answer, `placement: GET ${path}`);
    this.#remember(provider, name);
    return name;
  }

  #remember(provider: string, name: string): void {
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(provider, name);
  }

  #get(path: string, call: Call, answers: readonly number[] = [200]) {
    const request = { method: 'GET', path, microversion: PLACEMENT_VERSION } as const;
    return this.#endpoint.ask({ ...request, answers }, call);
  }
}
