/**
 * Keeps what is needed to judge the order of one host's instances: what is planned and answered,
 * by the store, and what owners have asked for, by Nova's own rows. Wishes are without circles.
 */
import { AFTER_KEY, DEFAULT_PACE_RULES, DEFAULT_PRIORITY_RULES, PRIORITY_KEY } from '@medevac/core';
import { DEFAULT_TIMING, type NewVmove, type VmoveChange, type VmoveKey } from '@medevac/engine';
import type { HostName, IncidentId, InstanceUuid } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { OrderCallFacts, PassedOver } from '../invariants/order.ts';
import type { NovaWrite } from '../world/nova-write.ts';
import type { SimulatedInstance } from '../world/simulated-cloud.ts';
import type { ActWitnesses } from './act-facts.ts';
import { listening } from './listening.ts';

export interface OrderBookParts extends Pick<ActWitnesses, 'clock' | 'cloud' | 'ledger'> {
  /** Evacuations that a replica may have open at once. */
  readonly openEvacuations: number;
}

const UNANSWERED: readonly string[] = ['pending', 'ongoing'];
/** From the answer that an instance has waited for until it stands in line itself. */
const BEGIN_MS = 5_000;

export class OrderBook {
  readonly #parts: OrderBookParts;
  readonly #onTheirWay: number;
  /** Statuses of the instances of each plan. */
  readonly #plans = new Map<IncidentId, Map<InstanceUuid, string>>();
  /** When each instance had its final answer. */
  readonly #answeredMs = new Map<InstanceUuid, number>();
  /** How often each instance was passed over. */
  readonly #passed = new Map<InstanceUuid, number>();

  constructor(parts: OrderBookParts) {
    this.#parts = parts;
    this.#onTheirWay = Math.min(parts.openEvacuations, DEFAULT_PACE_RULES.calls);
  }

  listen(stores: Stores): Stores {
    const vmoves = listening(stores.vmoves, (name, parameters, answer) => {
      if (answer !== 'written') return;
      if (name === 'plan') {
        for (const one of parameters[1] as readonly NewVmove[]) this.#note(one, one.status, true);
      }
      if (name !== 'change') return;
      const [, key, { status }] = parameters as readonly [unknown, VmoveKey, VmoveChange];
      if (status !== undefined) this.#note(key, status, false);
    });
    return { ...stores, vmoves };
  }

  /** What is so as Nova carries an evacuate call out; `undefined`: nothing is to be judged. */
  note({ kind, host, instance: uuid }: NovaWrite): OrderCallFacts | undefined {
    if (kind !== 'evacuate' || host === null || uuid === null) return undefined;
    const { clock, cloud, ledger } = this.#parts;
    const incident = ledger.openIncident(host);
    const plan = incident && this.#plans.get(incident.id);
    const called = cloud.instance(uuid);
    if (incident === undefined || called === undefined || plan?.has(uuid) !== true)
      return undefined;
    const planned = cloud.instances().filter(({ server }) => plan.has(server.uuid));
    const priorities = effectivePriorities(planned);
    const priorityOf = (one: SimulatedInstance): number => priorities.get(one.server.uuid) ?? 0;
    const waiting = planned.filter(
      (one) => one.server.uuid !== uuid && this.#couldGo(one, host, plan),
    );
    return {
      name: called.server.name,
      priority: priorityOf(called),
      passedOver: this.#passOver(
        waiting.filter((one) => priorityOf(one) > priorityOf(called)),
        priorityOf,
      ),
      onTheirWay: this.#onTheirWay,
      unanswered: namedBy(called, planned)
        .filter((one) => isUnanswered(plan, one))
        .map(({ server }) => server.name),
      incidentForMs: clock.monotonicMs() - incident.openedMs,
      turnMs: DEFAULT_TIMING.turnMs,
    };
  }

  #note({ incidentId, instanceUuid }: VmoveKey, status: string, isNew: boolean): void {
    const plan = this.#plans.get(incidentId) ?? new Map<InstanceUuid, string>();
    this.#plans.set(incidentId, plan);
    if (!isNew || !plan.has(instanceUuid)) plan.set(instanceUuid, status);
    if (!UNANSWERED.includes(status)) {
      this.#answeredMs.set(instanceUuid, this.#parts.clock.monotonicMs());
    }
  }

  /** Nobody has asked for it yet: it waits for nothing but its turn among the calls. */
  #couldGo(
    one: SimulatedInstance,
    host: HostName,
    plan: ReadonlyMap<InstanceUuid, string>,
  ): boolean {
    const { cloud } = this.#parts;
    const { server } = one;
    if (server.host !== host || server.taskState !== null || !isUnanswered(plan, one)) return false;
    if (cloud.migrations().some(({ instanceUuid }) => instanceUuid === server.uuid)) return false;
    return namedBy(one, cloud.instances()).every((first) => this.#isLongAnswered(plan, first));
  }

  #isLongAnswered(plan: ReadonlyMap<InstanceUuid, string>, one: SimulatedInstance): boolean {
    const answeredMs = this.#answeredMs.get(one.server.uuid) ?? Number.NEGATIVE_INFINITY;
    return !isUnanswered(plan, one) && this.#parts.clock.monotonicMs() - answeredMs >= BEGIN_MS;
  }

  #passOver(
    waiting: readonly SimulatedInstance[],
    priorityOf: (one: SimulatedInstance) => number,
  ): readonly PassedOver[] {
    return waiting.map((one) => {
      const times = (this.#passed.get(one.server.uuid) ?? 0) + 1;
      this.#passed.set(one.server.uuid, times);
      return { name: one.server.name, priority: priorityOf(one), times };
    });
  }
}

const isUnanswered = (
  plan: ReadonlyMap<InstanceUuid, string>,
  { server }: SimulatedInstance,
): boolean => UNANSWERED.includes(plan.get(server.uuid) ?? '');

function namedBy(
  { server }: SimulatedInstance,
  all: readonly SimulatedInstance[],
): readonly SimulatedInstance[] {
  const names = (server.metadata[AFTER_KEY] ?? '').split(',').map((one) => one.trim());
  return all.filter((one) => names.includes(one.server.name) || names.includes(one.server.uuid));
}

/** What others wait for counts as much as the most important one that waits for it. */
function effectivePriorities(
  planned: readonly SimulatedInstance[],
): ReadonlyMap<InstanceUuid, number> {
  const found = new Map<InstanceUuid, number>();
  const raise = (one: SimulatedInstance, to: number): void => {
    if ((found.get(one.server.uuid) ?? -1) >= to) return;
    found.set(one.server.uuid, to);
    for (const first of namedBy(one, planned)) raise(first, to);
  };
  const { defaultPriority } = DEFAULT_PRIORITY_RULES;
  for (const one of planned) {
    raise(one, Number(one.server.metadata[PRIORITY_KEY] ?? defaultPriority));
  }
  return found;
}
