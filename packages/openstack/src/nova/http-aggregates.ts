/** Nova's host aggregates over HTTP. */
import type { Clock, HostName } from '@medevac/kernel';
import { type Static, Type } from 'typebox';
import type { Call } from '../call.ts';
import { startBudget } from '../call-budget.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import type { Aggregate, AggregateChange, Aggregates } from './aggregates.ts';
import { NOVA_VERSIONS } from './microversions.ts';
import { refusalOf } from './server-action.ts';

const AggregateSchema = Type.Object({
  id: Type.Number(),
  uuid: Type.String(),
  name: Type.String(),
  availability_zone: Type.Union([Type.String(), Type.Null()]),
  hosts: Type.Array(Type.String()),
  metadata: Type.Record(Type.String(), Type.String()),
});
const AggregatesShape = shapeOf(Type.Object({ aggregates: Type.Array(AggregateSchema) }));
const LIST = 'compute: GET /os-aggregates';

export class HttpAggregates implements Aggregates {
  readonly #endpoint: EndpointClient;
  readonly #clock: Clock;

  constructor(endpoint: EndpointClient, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  async listAggregates(call: Call): Promise<readonly Aggregate[]> {
    const microversion = NOVA_VERSIONS.aggregates;
    const request = {
      method: 'GET',
      path: '/os-aggregates',
      microversion,
      answers: [200],
    } as const;
    const answer = await this.#endpoint.ask(request, call);
    return parseAnswer(AggregatesShape, answer, LIST).aggregates.map(parseAggregate);
  }

  /** Nova answers 409 for a host that is in it already, and for one that it will not take. */
  async addHost(id: number, host: HostName, call: Call): Promise<AggregateChange> {
    const answer = await this.#change(id, { add_host: { host } }, call);
    if (answer.status === 404) return notFound(answer.explanation, refusalOf(answer));
    if (answer.status !== 409) return { kind: 'changed' };
    const isThere = /already has host|already exists/i.test(answer.explanation);
    return isThere ? { kind: 'unchanged' } : { kind: 'refused', message: refusalOf(answer) };
  }

  /**
   * Nova answers 404 in the same words for a host that is not in it, for one that it does not know
   * and for an aggregate that is gone: the list tells which.
   */
  async removeHost(id: number, host: HostName, call: Call): Promise<AggregateChange> {
    const budget = startBudget(call, this.#clock);
    const answer = await this.#change(id, { remove_host: { host } }, call);
    if (answer.status === 409) return { kind: 'refused', message: refusalOf(answer) };
    if (answer.status !== 404) return { kind: 'changed' };
    const all = await this.listAggregates(budget.rest());
    return { kind: all.some((one) => one.id === id) ? 'unchanged' : 'missing' };
  }

  #change(id: number, body: Readonly<Record<string, { readonly host: HostName }>>, call: Call) {
    const path = `/os-aggregates/${id}/action`;
    const microversion = NOVA_VERSIONS.aggregates;
    const answers = [200, 404, 409];
    return this.#endpoint.ask({ method: 'POST', path, body, microversion, answers }, call);
  }
}

/** 404 speaks of the aggregate, or of a host that Nova does not know. */
const notFound = (explanation: string, message: string): AggregateChange =>
  /^aggregate /i.test(explanation) ? { kind: 'missing' } : { kind: 'refused', message };

const parseAggregate = (answer: Static<typeof AggregateSchema>): Aggregate => ({
  id: answer.id,
  uuid: answer.uuid,
  name: answer.name,
  availabilityZone: answer.availability_zone,
  hosts: answer.hosts.map((host) => host as HostName),
  metadata: answer.metadata,
});
