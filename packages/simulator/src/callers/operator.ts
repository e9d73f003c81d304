/**
 * The operator's hands on the API: a segment with its hosts is made, switched off and on, hosts go
 * on maintenance and back, or are drained for planned work. What gets no answer or a 5xx is tried
 * again at the next replica; it says only where things should stand, so that repeating it does no
 * harm.
 */
import type { InProcessRequest } from '@medevac/api';
import type { Clock, HostName, HostUuid, SegmentUuid } from '@medevac/kernel';
import type { ApiWay, Reply } from './api-way.ts';
import { OPERATOR } from './caller-identity.ts';

export type EditOutcome = 'changed' | 'in-use' | 'no-answer';
export type DrainOutcome = 'taken' | 'refused' | 'no-answer';

export interface DrainOrder {
  readonly parallel: number;
  readonly deadlineSeconds: number;
}

const VERSION = 'instance-ha 1.2';
const TRIES = 6;
const RETRY_MS = 5_000;

export class Operator {
  readonly #clock: Clock;
  readonly #way: ApiWay;
  readonly #hosts = new Map<HostName, HostUuid>();
  readonly #drains = new Map<HostName, string>();
  #segment: SegmentUuid | undefined;
  #asked = 0;

  constructor(clock: Clock, way: ApiWay) {
    this.#clock = clock;
    this.#way = way;
  }

  /** The segment that was made, and its hosts by name. */
  get segment(): SegmentUuid {
    if (this.#segment === undefined) throw new Error('the operator has made no segment yet');
    return this.#segment;
  }

  hostUuid(host: HostName): HostUuid {
    const uuid = this.#hosts.get(host);
    if (uuid === undefined) throw new Error(`the operator has not added ${host}`);
    return uuid;
  }

  async createSegment(recoveryMethod: string): Promise<void> {
    const segment = { name: 'segment', service_type: 'COMPUTE', recovery_method: recoveryMethod };
    const body = await this.#create('/v1/segments', { segment });
    this.#segment = (body as { readonly segment: { readonly uuid: SegmentUuid } }).segment.uuid;
  }

  async addHost(name: HostName, isReserved = false): Promise<void> {
    const host = { name, type: 'KVM', control_attributes: 'SSH', reserved: isReserved };
    const body = await this.#create(`/v1/segments/${this.segment}/hosts`, { host });
    this.#hosts.set(name, (body as { readonly host: { readonly uuid: HostUuid } }).host.uuid);
  }

  async setMaintenance(host: HostName, onMaintenance: boolean): Promise<EditOutcome> {
    const path = `/v1/segments/${this.segment}/hosts/${this.hostUuid(host)}`;
    return await this.#edit(path, { host: { on_maintenance: onMaintenance } });
  }

  async setEnabled(enabled: boolean): Promise<EditOutcome> {
    return await this.#edit(`/v1/segments/${this.segment}`, { segment: { enabled } });
  }

  async setMethod(recoveryMethod: string): Promise<EditOutcome> {
    const segment = { recovery_method: recoveryMethod };
    return await this.#edit(`/v1/segments/${this.segment}`, { segment });
  }

  /** Planned maintenance; what is refused is told and given up. */
  async drain(host: HostName, order: DrainOrder): Promise<DrainOutcome> {
    const { deadlineSeconds: deadline_seconds, parallel } = order;
    const drain = { host_name: host, parallel, deadline_seconds };
    const reply = await this.#ask({ method: 'POST', path: '/medevac/v1/drains', body: { drain } });
    if (reply.kind === 'none' || reply.status >= 500) return 'no-answer';
    if (reply.status !== 202) return 'refused';
    const { id } = (reply.body as { readonly drain: { readonly id: string } }).drain;
    this.#drains.set(host, id);
    return 'taken';
  }

  /** Of the newest drain of the host that was taken. */
  async orderDrain(host: HostName, what: 'cancel' | 'undrain'): Promise<DrainOutcome> {
    const id = this.#drains.get(host);
    if (id === undefined) return 'refused';
    const path = `/medevac/v1/drains/${id}/${what}`;
    const reply = await this.#ask({ method: 'POST', path });
    if (reply.kind === 'none' || reply.status >= 500) return 'no-answer';
    return reply.status === 202 ? 'taken' : 'refused';
  }

  async #create(path: string, body: unknown): Promise<unknown> {
    const reply = await this.#ask({ method: 'POST', path, body });
    if (reply.kind === 'answer' && reply.status === 201) return reply.body;
    throw new Error(`POST ${path} was not carried out: ${JSON.stringify(reply)}`);
  }

  async #edit(path: string, body: unknown): Promise<EditOutcome> {
    const reply = await this.#ask({ method: 'PUT', path, body });
    if (reply.kind === 'none' || reply.status >= 500) return 'no-answer';
    if (reply.status === 200) return 'changed';
    if (reply.status === 409) return 'in-use';
    throw new Error(`PUT ${path} was refused: ${JSON.stringify(reply)}`);
  }

  async #ask(parts: Omit<InProcessRequest, 'token' | 'version'>): Promise<Reply> {
    const request = { ...parts, token: OPERATOR, version: VERSION };
    let reply: Reply = { kind: 'none', why: 'refused' };
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await this.#clock.sleep(RETRY_MS);
      reply = await this.#way.ask(request, this.#asked++);
      if (reply.kind === 'answer' && reply.status < 500) return reply;
    }
    return reply;
  }
}
