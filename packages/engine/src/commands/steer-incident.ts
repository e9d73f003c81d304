/**
 * What an operator may ask of a recovery without ending it: that it stands still, that it goes on,
 * and that what is left goes another way. The word lies in the store, where every replica finds it
 * directly before each effect; nothing is done to the cloud here.
 */
import { CARRIED_METHODS } from '@medevac/core';
import type { IncidentId } from '@medevac/kernel';
import { TimelineStep } from '../recovery/recorder.ts';
import type { IncidentRecord, NewIncidentEvent } from '../stores/incident-store.ts';
import {
  type CommandResult,
  type IncidentCommandParts,
  type IncidentOrder,
  refused,
  saying,
} from './command-result.ts';

const JUST_ENDED = 'its recovery has just ended; look at it again';

export class IncidentSteering {
  readonly #parts: IncidentCommandParts;

  constructor(parts: IncidentCommandParts) {
    this.#parts = parts;
  }

  /**
   * From the answer on no effect of the recovery begins. What is under way in Nova is followed, and
   * may get its final answer. After the resume the host is judged and confirmed off anew.
   */
  async pause(id: IncidentId, order: IncidentOrder): Promise<CommandResult> {
    const incident = await this.#read(id);
    if (incident === undefined) return { kind: 'missing' };
    const over = refusalOfEnded(incident, 'there is nothing to pause');
    if (over !== undefined) return over;
    if (incident.paused !== null) return refused(alreadyPaused(incident.paused.by));
    const { clock, stores } = this.#parts;
    const asked = { ...order, atMs: clock.wallMs() };
    if (!(await stores.incidentCommands.pause(id, asked, this.#told('paused', order)))) {
      const now = await this.#read(id);
      return refused((now?.paused ?? null) === null ? JUST_ENDED : alreadyPaused(now?.paused?.by));
    }
    return await this.#taken('incident.paused', id, order);
  }

  /** Also of an incident that has ended: it would be opened again paused. */
  async resume(id: IncidentId, order: IncidentOrder): Promise<CommandResult> {
    const incident = await this.#read(id);
    if (incident === undefined) return { kind: 'missing' };
    const { incidentCommands } = this.#parts.stores;
    const isResumed =
      incident.paused !== null && (await incidentCommands.resume(id, this.#told('resumed', order)));
    if (isResumed) return await this.#taken('incident.resumed', id, order);
    return refused(`it is ${incident.state} and not paused; there is nothing to resume`);
  }

  /** What is left goes by this recovery method from its next way on. */
  async useMethod(id: IncidentId, method: string, order: IncidentOrder): Promise<CommandResult> {
    const incident = await this.#read(id);
    if (incident === undefined) return { kind: 'missing' };
    const over = refusalOfEnded(incident, 'no way is chosen any more; retry it first');
    if (over !== undefined) return over;
    if (!CARRIED_METHODS.includes(method)) {
      return refused(`there is no recovery method ${method}; use ${CARRIED_METHODS.join(', ')}`);
    }
    const { clock, stores } = this.#parts;
    const chosen = { method, ...order, atMs: clock.wallMs() };
    const told = this.#told(`the recovery method ${method} was chosen for what is left`, order);
    if (!(await stores.incidentCommands.chooseMethod(id, chosen, told))) return refused(JUST_ENDED);
    return await this.#taken('incident.method_chosen', id, order);
  }

  #read(id: IncidentId): Promise<IncidentRecord | undefined> {
    return this.#parts.stores.incidents.read(id);
  }

  #told(what: string, order: IncidentOrder): NewIncidentEvent {
    const message = saying(what, order);
    const atMs = this.#parts.clock.wallMs();
    return { step: TimelineStep.operator, message, progress: 1, failed: false, atMs };
  }

  async #taken(event: string, id: IncidentId, { by, note }: IncidentOrder): Promise<CommandResult> {
    this.#parts.log.info(event, { incident: id, by, note });
    const incident = await this.#read(id);
    return incident === undefined ? { kind: 'missing' } : { kind: 'taken', incident };
  }
}

function refusalOfEnded(
  { closedAtMs, state }: IncidentRecord,
  rest: string,
): CommandResult | undefined {
  return closedAtMs === null ? undefined : refused(`it is ${state} already; ${rest}`);
}

const alreadyPaused = (by = 'somebody'): string =>
  `it was paused by ${by} already; resume it to let it go on`;
