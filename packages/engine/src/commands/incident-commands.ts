/**
 * What an operator may ask of an incident: its end, another try, and to be known as seen to.
 * Nothing is done to the cloud here. A command leaves its word in the stores, whichever replica
 * carries the recovery finds it there, and every effect that follows is made by the workflow with
 * all its checks.
 */
import { IncidentState, isFinal } from '@medevac/core';
import type { IncidentId, InstanceUuid } from '@medevac/kernel';
import { RunState } from '@medevac/workflow';
import { TimelineStep } from '../recovery/recorder.ts';
import { HOST_FAILURE, HOST_FAILURE_VERSION, hostFailureRunId } from '../recovery/run-id.ts';
import { EvidenceKind, type IncidentRecord } from '../stores/incident-store.ts';
import { type VmoveRecord, VmoveStatus } from '../stores/vmove-store.ts';
import {
  type CommandResult,
  type IncidentCommandParts,
  type IncidentOrder,
  refused,
  saying,
} from './command-result.ts';

/** Open states in which what is left waits between two tries: a retry ends that wait. */
const WAITING_STATES: readonly IncidentState[] = [
  IncidentState.waitingCapacity,
  IncidentState.fenceFailed,
  IncidentState.stuck,
  IncidentState.evacuating,
];

export class IncidentCommands {
  readonly #parts: IncidentCommandParts;

  constructor(parts: IncidentCommandParts) {
    this.#parts = parts;
  }

  /**
   * Asks for the end of an open incident. Its workflow makes no further change, keeps the host's
   * way back to service, and moves it to `cancelled`; until then it shows as it was.
   */
  async cancel(id: IncidentId, order: IncidentOrder): Promise<CommandResult> {
    const { incidents, journal } = this.#parts.stores;
    const incident = await incidents.read(id);
    if (incident === undefined) return { kind: 'missing' };
    if (isFinal(incident.state)) return refused(`it is ${incident.state} already`);
    await this.#makeRun(incident);
    const run = hostFailureRunId(id, incident.retries);
    if (!(await journal.requestCancel(run, saying('asked for', order)))) {
      return refused('its recovery has just ended; look at it again');
    }
    this.#log('incident.cancel_asked', id, order);
    return { kind: 'taken', incident };
  }

  /** Who has asked for the end of an open incident that has not come yet; `null`: nobody. */
  async cancelAsked({ id, retries, state }: IncidentRecord): Promise<string | null> {
    if (isFinal(state)) return null;
    const run = await this.#parts.stores.journal.readRun(hostFailureRunId(id, retries));
    return run?.cancelReason ?? null;
  }

  /**
   * Has what is left of an incident tried again. One that waits goes on at once. One that has ended
   * is opened again: its failed instances are pending, the operator's word counts as the newest
   * report of the failure, and the whole recovery is gone through anew, silence and fencing
   * included.
   */
  async retry(id: IncidentId, order: IncidentOrder): Promise<CommandResult> {
    const { incidents } = this.#parts.stores;
    const incident = await incidents.read(id);
    if (incident === undefined) return { kind: 'missing' };
    if (isFinal(incident.state)) return await this.#reopen(incident, order);
    return await this.#wake(incident, order);
  }

  /**
   * Has one instance tried again; the others keep their answers. One without its final answer is
   * waited for like by `retry`. One that was tried and failed is pending again: at once while the
   * incident is open, and otherwise in an incident that is opened again for it alone.
   */
  async retryInstance(
    id: IncidentId,
    instance: InstanceUuid,
    order: IncidentOrder,
  ): Promise<CommandResult> {
    const { incidentCommands, incidents, vmoves } = this.#parts.stores;
    const incident = await incidents.read(id);
    if (incident === undefined) return { kind: 'missing' };
    const filter = { incidentId: id, instanceUuid: instance };
    const page = await vmoves.list({ filter, sort: [], limit: 1 });
    const [vmove] = page.kind === 'page' ? page.rows : [];
    if (vmove === undefined) return refused(`it has no instance ${instance}`);
    if (isFinal(incident.state)) {
      const reason = notTried(vmove);
      return reason === undefined ? await this.#reopen(incident, order, instance) : refused(reason);
    }
    if (isOpen(vmove)) return await this.#wake(incident, order);
    const reason = notTried(vmove);
    if (reason !== undefined) return refused(reason);
    const message = saying(`${vmove.instanceName} is to be tried again, asked for`, order);
    const atMs = this.#parts.clock.wallMs();
    const told = { step: TimelineStep.operator, message, progress: 1, failed: false, atMs };
    if (!(await incidentCommands.retryInstance(id, instance, told))) {
      return refused('its recovery has just gone on; look at it again');
    }
    this.#log('incident.instance_retry_asked', id, order);
    return await this.#taken(id);
  }

  /** Writes down that somebody has taken note; whoever was first stays. */
  async acknowledge(id: IncidentId, order: IncidentOrder): Promise<CommandResult> {
    const { clock, stores } = this.#parts;
    const acknowledgement = { ...order, atMs: clock.wallMs() };
    const incident = await stores.incidentCommands.acknowledge(id, acknowledgement);
    if (incident === undefined) return { kind: 'missing' };
    this.#log('incident.acknowledged', id, order);
    return { kind: 'taken', incident };
  }

  async #wake(incident: IncidentRecord, order: IncidentOrder): Promise<CommandResult> {
    const { clock, stores } = this.#parts;
    if (incident.paused !== null) {
      return refused(`it was paused by ${incident.paused.by}; resume it to let it go on`);
    }
    if (!WAITING_STATES.includes(incident.state)) {
      const why = incident.reason === null ? '' : `: ${incident.reason}`;
      return refused(`it is ${incident.state}${why}; there is nothing to try again now`);
    }
    if (!(await stores.incidentCommands.askRetry(incident.id, clock.wallMs()))) {
      return refused('its recovery has just ended; look at it again');
    }
    this.#log('incident.retry_asked', incident.id, order);
    return await this.#taken(incident.id);
  }

  async #reopen(
    incident: IncidentRecord,
    order: IncidentOrder,
    instance?: InstanceUuid,
  ): Promise<CommandResult> {
    const { clock, stores } = this.#parts;
    const { hostName, id, retries, state } = incident;
    if (state === IncidentState.recovered) {
      return refused(`every instance of ${hostName} has its final answer and none has failed`);
    }
    // Two runs must never work on one incident: the last one's end is on record before the next.
    const last = await stores.journal.readRun(hostFailureRunId(id, retries));
    if (last?.state === RunState.running) {
      return refused('its last recovery is just ending; ask again in a moment');
    }
    const atMs = clock.wallMs();
    const outcome = await stores.incidentCommands.reopen(id, {
      retries,
      reason: saying(instance === undefined ? 'tried again' : `${instance} tried again`, order),
      evidence: {
        kind: EvidenceKind.failure,
        source: 'operator',
        observer: order.by,
        content: { retry: retries + 1, note: order.note },
        receivedAtMs: atMs,
      },
      atMs,
      ...(instance === undefined ? {} : { instance }),
    });
    switch (outcome) {
      case 'host-busy':
        return refused(`a later incident of ${hostName} is open; it takes all instances along`);
      case 'returned':
        return refused(
          `${hostName} has come back since, or is on its way; report a new failure if it has one`,
        );
      case 'lost':
        return refused('somebody else was faster; look at it again');
      case 'reopened':
        break;
    }
    const opened = await this.#taken(id);
    if (opened.kind === 'taken') await this.#makeRun(opened.incident);
    this.#log('incident.reopened', id, order);
    return opened;
  }

  async #taken(id: IncidentId): Promise<CommandResult> {
    const incident = await this.#parts.stores.incidents.read(id);
    return incident === undefined ? { kind: 'missing' } : { kind: 'taken', incident };
  }

  /** The run is there, or is made: also after a crash between an incident and its run. */
  async #makeRun({ id, retries }: IncidentRecord): Promise<void> {
    const { clock, stores } = this.#parts;
    await stores.journal.createRun({
      id: hostFailureRunId(id, retries),
      workflow: HOST_FAILURE,
      version: HOST_FAILURE_VERSION,
      input: id,
      createdAtMs: clock.wallMs(),
    });
  }

  #log(event: string, incident: IncidentId, { by, note }: IncidentOrder): void {
    this.#parts.log.info(event, { incident, by, note });
  }
}

const isOpen = ({ status }: VmoveRecord): boolean =>
  status === VmoveStatus.pending || status === VmoveStatus.ongoing;

/** Why there is nothing to try again with the instance; `undefined`: it was tried and failed. */
function notTried(vmove: VmoveRecord): string | undefined {
  const { destHost, endAtMs, instanceName, message, status } = vmove;
  const why = message === null ? '' : `: ${message}`;
  switch (status) {
    case VmoveStatus.succeeded:
      return `${instanceName} was recovered on ${destHost ?? 'another host'}`;
    case VmoveStatus.ignored:
      return `${instanceName} was left alone${why}`;
    case VmoveStatus.failed:
      return endAtMs === null ? `the plan refused ${instanceName}${why}` : undefined;
    default:
      return `${instanceName} is ${status} without a recovery; retry the incident`;
  }
}
