/** Placement over HTTP. Names of providers are remembered: Nova never renames a compute node's. */
import type { Clock, InstanceUuid } from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import { startBudget } from '../call-budget.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import type { Placement } from './placement.ts';

/** Nova itself needs 1.36, so every cloud has it; 1.14 is the first with nested providers. */
export const PLACEMENT_VERSION = '1.14';
const MAX_NAMES = 20_000;

const AllocationsShape = shapeOf(
  Type.Object({ allocations: Type.Record(Type.String(), Type.Unknown()) }),
);
const ProviderShape = shapeOf(Type.Object({ uuid: Type.String(), name: Type.String() }));
const ProvidersShape = shapeOf(Type.Object({ resource_providers: Type.Array(Type.Unknown()) }));

export class HttpPlacement implements Placement {
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
    const answer = await this.#get(path, {}, [200], call);
    const { allocations } = parseAnswer(AllocationsShape, answer, `placement: GET ${path}`);
    const names: string[] = [];
    for (const provider of Object.keys(allocations)) {
      names.push(await this.#nameOf(provider, budget.rest()));
    }
    return names;
  }

  /** A harmless read that needs the rights of `allocatedProviders`. */
  async verify(call: Call): Promise<void> {
    const answer = await this.#get('/resource_providers', { name: 'medevac-verify' }, [200], call);
    parseAnswer(ProvidersShape, answer, 'placement: GET /resource_providers');
  }

  /** A provider that vanished since its allocation was read goes by its UUID. */
  async #nameOf(provider: string, call: Call): Promise<string> {
    const known = this.#names.get(provider);
    if (known !== undefined) return known;
    const path = `/resource_providers/${encodeURIComponent(provider)}`;
    const answer = await this.#get(path, {}, [200, 404], call);
    if (answer.status === 404) return provider;
    const { name } = parseAnswer(ProviderShape, answer, `placement: GET ${path}`);
    if (this.#names.size >= MAX_NAMES) {
      this.#names.clear();
    }
    this.#names.set(provider, name);
    return name;
  }

  #get(
    path: string,
    query: Readonly<Record<string, string>>,
    answers: readonly number[],
    call: Call,
  ) {
    const request = { method: 'GET', path, query, microversion: PLACEMENT_VERSION } as const;
    return this.#endpoint.ask({ ...request, answers }, call);
  }
}
