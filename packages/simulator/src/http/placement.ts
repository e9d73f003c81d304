/**
 * Placement's API in front of a simulated cloud. The world names resource providers; Placement
 * knows them by UUIDs, which are given out here and stay the same as long as the server runs.
 */
import { type InstanceUuid, type Json, LIMITS, newUuid, type Random } from '@medevac/kernel';
import type { Capacity, Placement } from '@medevac/openstack';
import { answerOfFailure } from './cloud-failures.ts';
import { askedVersion, requireDialect, type VersionRange } from './microversions.ts';
import { ok, Refusal, type WireAnswer, type WireRequest } from './wire.ts';

/** Placement of Zed. */
const RANGE: VersionRange = { service: 'placement', least: '1.0', most: '1.39' };
const DIALECT = '1.14';
const CANDIDATES_DIALECT = '1.29';
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  503: 'Service Unavailable',
};

export class SimulatedPlacement {
  readonly #placement: Placement & Partial<Capacity>;
  readonly #random: Random;
  readonly #uuids = new Map<string, string>();

  constructor(placement: Placement & Partial<Capacity>, random: Random) {
    this.#placement = placement;
    this.#random = random;
  }

  async answer(request: WireRequest): Promise<WireAnswer> {
    const errorAnswer = (status: number, detail: string): WireAnswer => ({
      kind: 'answer',
      status,
      body: { errors: [errorOf(status, detail, request.requestId)] },
    });
    try {
      const version = askedVersion(request, RANGE);
      const isCandidates = request.path === '/allocation_candidates';
      requireDialect(request, version, isCandidates ? CANDIDATES_DIALECT : DIALECT);
      const headers = { 'openstack-api-version': `placement ${version}` };
      return ok(await this.#read(request), headers);
    } catch (error) {
      if (error instanceof Refusal) return errorAnswer(error.status, error.message);
      return answerOfFailure(error, request, errorAnswer);
    }
  }

  async #read(request: WireRequest) {
    const { method, path, query } = request;
    const [, collection, id, ...rest] = path.split('/').map(decodeURIComponent);
    if (rest.length > 0) throw new Refusal(404, 'The resource could not be found.');
    if (method !== 'GET') throw new Refusal(405, 'The method is not allowed for this resource.');
    if (collection === 'allocations' && id !== undefined) return this.#allocations(request, id);
    if (collection === 'allocation_candidates' && id === undefined) {
      return await this.#candidates(request);
    }
    if (collection === 'resource_providers') {
      return id === undefined ? this.#named(query.get('name')) : this.#provider(id);
    }
    throw new Refusal(404, 'The resource could not be found.');
  }

  async #allocations(request: WireRequest, consumer: string) {
    const call = { deadlineMs: LIMITS.cloudRequestMs, signal: request.signal };
    const names = await this.#placement.allocatedProviders(consumer as InstanceUuid, call);
    const allocations: Record<string, Json> = {};
    for (const name of names) {
      allocations[this.#uuidOf(name)] = { resources: { VCPU: 1 }, generation: 1 };
    }
    return { allocations };
  }

  /** Summaries alone: which candidate is chosen is Nova's affair. */
  async #candidates(request: WireRequest) {
    const { query } = request;
    const asked = (query.get('resources') ?? '').split(',').map((one) => one.split(':'));
    const least = Object.fromEntries(asked.map(([name = '', amount]) => [name, Number(amount)]));
    const call = { deadlineMs: LIMITS.cloudRequestMs, signal: request.signal };
    const providers = await this.#placement.listCapacity?.(least, call);
    if (providers === undefined) throw new Refusal(404, 'The resource could not be found.');
    const summaries: Record<string, Json> = {};
    for (const { name, root, free, traits } of providers) {
      const amounts = Object.entries(free).map(([one, capacity]): [string, Json] => [
        one,
        { capacity, used: 0 },
      ]);
      summaries[this.#uuidOf(name)] = {
        resources: Object.fromEntries(amounts),
        traits: [...traits],
        root_provider_uuid: this.#uuidOf(root),
      };
    }
    return { allocation_requests: [], provider_summaries: summaries };
  }

  /** Only a provider that has been named in an allocation is known. */
  #provider(uuid: string) {
    const found = [...this.#uuids].find((entry) => entry[1] === uuid);
    if (found === undefined) {
      const rule = `No resource provider with uuid ${uuid} found`;
      throw new Refusal(404, `The resource could not be found.\n\n ${rule}`);
    }
    return providerRecord(found[0], uuid);
  }

  #named(name: string | null) {
    const found = [...this.#uuids].filter((entry) => name === null || entry[0] === name);
    return { resource_providers: found.map(([known, uuid]) => providerRecord(known, uuid)) };
  }

  #uuidOf(name: string): string {
    const uuid = this.#uuids.get(name) ?? newUuid<string>(this.#random);
    this.#uuids.set(name, uuid);
    return uuid;
  }
}

const providerRecord = (name: string, uuid: string) => ({
  uuid,
  name,
  generation: 1,
  links: [],
  parent_provider_uuid: null,
  root_provider_uuid: uuid,
});

const errorOf = (status: number, detail: string, requestId: string) => ({
  status,
  title: TITLES[status] ?? 'Internal Server Error',
  detail,
  request_id: requestId,
});
